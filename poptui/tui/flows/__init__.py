"""What takes several dialogs: leaving, committing, earlier marks, the password.

Start with ``leaving``.
"""
