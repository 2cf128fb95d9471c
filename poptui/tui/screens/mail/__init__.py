"""The screen of the maildrop: its panes, and the actions on them by group."""
