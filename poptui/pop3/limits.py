"""How much of a server's talk is taken, in octets, each bound with its reason."""

from __future__ import annotations

MAX_COMMAND_BYTES = 255
"""A command line with its CRLF: RFC 2449 section 4."""

MAX_AUTH_LINE_BYTES = 12288
"""A line of an AUTH exchange in either direction: RFC 4954 section 4 asks for this much."""

MAX_STATUS_BYTES = 16384
"""A status line. RFC 2449 allows 512; banners and forwarded errors of real servers run longer,
and nothing of use is longer than this."""

MAX_STRAY_LINES = 16
"""Lines that belong to no reply (blank lines, talkative single-line replies) before we give up."""

MAX_CAPA_BYTES = 65536
"""A CAPA listing: some forty lines in practice. More is an attack."""

MAX_LISTING_BYTES = 40 * 1024 * 1024
"""A LIST or UIDL listing: 70 octets of UID and a number, for 500,000 messages."""

MAX_HEADER_BYTES = 256 * 1024
"""What is kept of a TOP reply: real header blocks reach 210 kB."""

MAX_DRAINED_HEADER_BYTES = 64 * 1024 * 1024
"""What is read of a TOP reply before the connection is given up: a server that sends the whole
message for ``TOP n 0`` is put up with, one that never ends is not."""

MAX_MESSAGE_BYTES = 2 * 1024 * 1024 * 1024
"""A RETR reply. No mail server takes a message of this size; an endless one ends here."""

PARTIAL_LINE_BYTES = 65536
"""A body line without an end is handed on in pieces once it is this long."""
