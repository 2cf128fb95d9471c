"""The tables in the package: every line is valid, and bad lines do no harm."""

from __future__ import annotations

from collections import Counter

import pytest

from poptui.triage.spam.brands import brands, owns, read_brand
from poptui.triage.spam.confusables import plain
from poptui.triage.spam.phrases import ORDINARY, topics_of
from poptui.triage.spam.signals import SIGNALS
from poptui.triage.spam.tables import (
    MAX_LINE_CHARACTERS,
    MAX_LINES,
    content_lines,
    sections,
    table_lines,
)


def test_every_brand_is_valid_and_listed_once() -> None:
    lines = table_lines("brands.txt")
    assert len(lines) > 300
    assert [line for line in lines if read_brand(line) is None] == []
    assert [
        name for name, times in Counter(line.split()[0] for line in lines).items() if times > 1
    ] == []
    assert len(brands()) == len(lines)


def test_every_section_of_phrases_names_a_signal() -> None:
    found = list(sections(table_lines("phrases.txt")))
    assert {kind.partition(" ")[0] for kind, _ in found} <= {*SIGNALS, ORDINARY}
    assert {kind.partition(" ")[2] for kind, _ in found} == {"", "weak"}


def test_every_phrase_can_be_found() -> None:
    """Lower case, no accents, at most three words: others could never be found."""
    for kind, line in sections(table_lines("phrases.txt")):
        if line.startswith("within "):
            continue
        for phrase in filter(None, (part.strip() for part in line.split(","))):
            assert phrase == phrase.lower(), phrase
            assert len(phrase.split()) <= 3, phrase
            assert not phrase.isascii() or plain(phrase) == phrase
            words = topics_of(phrase)
            assert kind.partition(" ")[0] in (words or {ORDINARY}), phrase


def test_ordinary_phrases_take_the_words_from_shorter_ones() -> None:
    assert topics_of("Verify your account") == {"talk-account": ("verify your", 1.0)}
    assert topics_of("Verify your email for Recipe Box") == {}
    assert "talk-account" in topics_of("Verify your email or your account is suspended")


def test_every_kind_of_domain_is_there() -> None:
    kinds = {kind for kind, _ in sections(table_lines("domains.txt"))}
    assert kinds == {
        "platform",
        "throwaway",
        "free-mail",
        "free-mail-suffix",
        "not-free-mail",
        "cheap",
    }


@pytest.mark.parametrize(
    "line",
    [
        "",
        "paypal",
        "paypal coined : site",
        "paypal sure paypal : site",
        "paypal coined paypal",
        "paypal coined paypal : hearsay",
        "Pay Pal coined paypal : site",
        "paypal coined *.com : site",
        "paypal coined " + "x " * 400 + ": site",
        "\x1b[2J coined paypal : site",
        "p" * 100 + " coined paypal : site",
    ],
)
def test_malformed_brands_are_skipped(line: str) -> None:
    assert read_brand(line) is None


def test_a_hostile_table_is_bounded() -> None:
    assert content_lines("x" * (MAX_LINE_CHARACTERS + 1)) == []
    assert len(content_lines("a\n" * (MAX_LINES * 2))) == MAX_LINES
    assert content_lines("# comment\n\n name # why\n") == ["name"]
    assert table_lines("no such table.txt") == []


def test_which_domains_own_a_brand() -> None:
    sparkasse = brands()["sparkasse"].owners
    assert owns("mail.sparkasse-anytown.de", "sparkasse-anytown.de", sparkasse)
    assert not owns("sparkasse.top", "sparkasse.top", sparkasse)
    assert not owns("mysparkasse.de", "mysparkasse.de", sparkasse)
