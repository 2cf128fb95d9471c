"""``poptui blocklist``: senders whose mail is spam."""

from __future__ import annotations

from poptui.cli.senders import senders_command
from poptui.storage.sender_lists import blocklist_file

COMMAND = senders_command(
    "blocklist", "Senders whose mail is spam.", blocklist_file, lambda config: config.blocklist
)
