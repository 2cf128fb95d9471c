"""The screen of the mailbox: ``screen`` owns one controller for each kind of action. Start
there."""
