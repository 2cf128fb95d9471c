"""Spam scores, the filter language, groups and rules: pure, from headers alone.

Start with ``spam.judge``, which finds the signals of a header; ``policy.policy`` turns them into a
score by the user's decisions. ``filters.row`` says what is asked of a message.
"""
