"""Mutate bytes, for machines without a coverage-guided fuzzer."""

from __future__ import annotations

import random
from collections.abc import Sequence

_ODD = (
    *(b"\0", b"\r\n", b"\r\n\r\n", b"\n.\r\n", b"=?", b"?=", b"\x1b[2J", b"\xff", b"\xe2\x80\xae"),
    *(b"--", b"<", b"&#", b";", b'"', b"(", b"%", b" " * 300, b"A" * 3000, b"9" * 30),
)


def mutated(corpus: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one of ``corpus`` with some changes, or two of them combined."""
    octets = bytearray(chance.choice(corpus))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(octets) + 1)
        end = min(len(octets), at + chance.choice((1, 2, 8, 64)))
        match chance.randrange(6):
            case 0:
                octets[at:end] = chance.choice(_ODD)
            case 1:
                octets[at:at] = chance.choice(_ODD)
            case 2:
                del octets[at:end]
            case 3:
                octets[at:end] = octets[at:end] * chance.choice((2, 3, 20))
            case 4:
                octets[at:end] = chance.randbytes(end - at)
            case _:
                other = chance.choice(corpus)
                octets[at:] = other[chance.randrange(len(other) + 1) :]
    return bytes(octets)
