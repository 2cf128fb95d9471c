"""Deleting what is marked: reconcile, safety copies, QUIT, and checking the outcome.

Start with ``service``; ``quit`` has the protocol steps.
"""
