"""Limits on what is received from a server and sent to it, each with its reason."""

from __future__ import annotations

MAX_COMMAND_BYTES = 255
"""Maximum length of a command line with its CRLF (RFC 2449 section 4)."""

MAX_AUTH_LINE_BYTES = 12288
"""Maximum length of a line in an AUTH exchange, in either direction (RFC 4954 section 4)."""

MAX_STATUS_BYTES = 16384
"""Maximum length of a status line. RFC 2449 allows 512, but banners and forwarded errors of real
servers are longer; none of them needs more than this."""

MAX_STRAY_LINES = 16
"""Maximum number of consecutive lines that belong to no reply (blank lines, talkative single-line
replies)."""

MAX_CAPA_BYTES = 65536
"""Maximum size of a CAPA listing: real ones have about forty lines; more is an attack."""

MAX_LISTING_BYTES = 40 * 1024 * 1024
"""Maximum size of a LIST or UIDL listing: enough for 500,000 messages with UIDs of 70 bytes."""

MAX_HEADER_BYTES = 256 * 1024
"""A longer reply to TOP is cut to this: real headers reach 210 kB."""

MAX_DRAINED_HEADER_BYTES = 64 * 1024 * 1024
"""A longer reply to TOP ends the connection. Some servers send the whole
message for ``TOP n 0``: they are tolerated, but a reply without an end is not."""

MAX_MESSAGE_BYTES = 2 * 1024 * 1024 * 1024
"""Maximum size of a RETR reply. No mail server accepts larger messages, so a larger reply has no
end."""

PARTIAL_LINE_BYTES = 65536
"""From this length on, the beginning of an unfinished line in a body is passed on."""
