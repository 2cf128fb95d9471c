"""Delete the marked messages: reconcile, make safety copies, send QUIT, verify the outcome.

Start with ``service``; ``quit`` has the protocol steps.
"""
