"""The screen of the mailbox: its panes, and the actions on them by group."""
