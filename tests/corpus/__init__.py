"""Letters of our own making that are hostile, awkward, or from a program of 1997."""

from __future__ import annotations

from tests.corpus import charsets, encodings, headers, markup, plain_texts, structures
from tests.corpus.letter import Letter


def corpus() -> list[Letter]:
    """All of them, the same each time."""
    found = [
        *charsets.letters(),
        *plain_texts.letters(),
        *markup.letters(),
        *structures.letters(),
        *encodings.letters(),
        *headers.letters(),
    ]
    assert len({letter.name for letter in found}) == len(found)
    return found
