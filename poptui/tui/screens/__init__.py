"""Dialogs and panes, based on ``dialog``; the screen of the mailbox is in ``mail``."""
