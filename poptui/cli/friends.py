"""``poptui friends``: senders whose mail is no spam."""

from __future__ import annotations

from poptui.cli.senders import senders_command
from poptui.storage.sender_lists import friends_file

COMMAND = senders_command(
    "friends", "Senders whose mail is no spam.", friends_file, lambda config: config.friends
)
