"""Mutate bytes, for machines without a coverage-guided fuzzer."""

from __future__ import annotations

import random
from collections.abc import Sequence

_ODD = (
    *(b"\0", b"\r\n", b"\r\n\r\n", b"\n.\r\n", b"=?", b"?=", b"\x1b[2J", b"\xff", b"\xe2\x80\xae"),
    *(b"--", b"<", b"&#", b";", b'"', b"(", b"%", b" " * 300, b"A" * 3000, b"9" * 30),
)


def mutated(corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """Return one of ``corpus`` with some changes, or two of them combined."""
    octets = bytearray(rng.choice(corpus))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(octets) + 1)
        end = min(len(octets), at + rng.choice((1, 2, 8, 64)))
        match rng.randrange(6):
            case 0:
                octets[at:end] = rng.choice(_ODD)
            case 1:
                octets[at:at] = rng.choice(_ODD)
            case 2:
                del octets[at:end]
            case 3:
                octets[at:end] = octets[at:end] * rng.choice((2, 3, 20))
            case 4:
                octets[at:end] = rng.randbytes(end - at)
            case _:
                other = rng.choice(corpus)
                octets[at:] = other[rng.randrange(len(other) + 1) :]
    return bytes(octets)
