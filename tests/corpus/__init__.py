"""Handmade messages that are hostile, malformed, or written by a program of 1997."""

from __future__ import annotations

from tests.corpus import charsets, encodings, headers, markup, plain_texts, structures
from tests.corpus.sample import Sample


def corpus() -> list[Sample]:
    """Return all samples, always in the same order."""
    found = [
        *charsets.samples(),
        *plain_texts.samples(),
        *markup.samples(),
        *structures.samples(),
        *encodings.samples(),
        *headers.samples(),
    ]
    assert len({sample.name for sample in found}) == len(found)
    return found
