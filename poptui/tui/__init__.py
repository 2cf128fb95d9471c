"""The terminal interface: the only place that knows Textual.

Start with ``apps.mailbox_app``, which shows ``screens.mail.screen``. ``actions`` says what the keys
do, ``painting`` and ``input`` what goes to the terminal and comes from it.
"""
