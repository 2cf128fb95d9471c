"""The two apps: one offers the accounts before a mailbox is open, the other shows the mailbox.

Start with ``run``. ``start_app.StartApp`` ends with a ``StartChoice``, which the command line
carries out; ``mailbox_app.PoptuiApp`` shows ``screens.mail.screen``.
"""
