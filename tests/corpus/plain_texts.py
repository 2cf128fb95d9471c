"""Plain text: flowed, quoted, wide, long, from right to left, and what would act."""

from __future__ import annotations

from collections.abc import Iterator

from tests.acceptance.hostile import PAYLOADS
from tests.corpus.letter import Letter, bare, coded, letter, plain

FLOWED = plain("utf-8", "; format=flowed")
DELSP = plain("utf-8", "; format=flowed; delsp=yes")


def letters() -> Iterator[Letter]:
    """Texts as people and programs write them; then each attack in a body."""
    yield letter("flowed", FLOWED, "one line \nthat flows \non\nand ends", "one line that flows on")
    yield letter("flowed and quoted", FLOWED, "> it \n> flows\n> > deeper", "> it flows", "deeper")
    yield letter("flowed, spaces deleted", DELSP, "東京 \n大阪", "東京大阪")
    yield letter("flowed, stuffed", FLOWED, " From here\n > no quote", "From here", "> no quote")
    yield letter("quotes", "", "".join(f"{'>' * n} level {n}\n" for n in range(1, 40)), "level 9")
    yield letter("a signature", "", "text\n\n-- \nAnn of the quay", "Ann of the quay")
    yield letter("a line of 200,000", "", "begin " + "word " * 40_000, "begin word word")
    yield letter("a word of 200,000", "", "begin " + "w" * 200_000, "begin")
    yield letter("50,000 lines", "", "".join(f"line {n}\n" for n in range(50_000)), "line 1")
    yield letter("tabs", "", "a\tb\tc\n\tindented", "indented")
    yield letter("wide letters", "", "全角文字" * 60, "全角文字全角")
    yield letter("emoji", "", "family 👨‍👩‍👧‍👦, flag 🇩🇪, heart ❤️, dark 👍🏿 done", "family", "done")
    yield letter("combining", "", "Za\u0308hlen: e\u0301te\u0301 " + "z" + "\u0301" * 500, "hlen:")
    yield letter("from right to left", "", "שלום לכולם, مرحبا", "שלום")
    yield letter("nothing at all", "", "", "(no text)")
    yield letter("blank lines", "", "\n" * 400 + "at last", "at last")
    yield letter("only white space", "", " \t \n \n", "(no text)")
    yield letter("dots", "", ".\n..\n...\n.begins with one", "..", ".begins with one")
    yield letter("carriage returns", "", b"one\rtwo\r\rthree", "one")
    yield letter("form feeds", "", "one\x0ctwo\x0bthree", "one")
    yield letter("From at a line's start", "", "From here to there\n>From quoted", "From here to")
    yield letter(
        "qp without end", coded(plain("utf-8"), "quoted-printable"), "soft=\n hard=", "soft"
    )
    yield letter("qp with nonsense", coded(plain("utf-8"), "quoted-printable"), "=ZZ =4 =", "=ZZ")
    yield letter("PGP in the text", "", "-----BEGIN PGP MESSAGE-----\n\nabcd\n-----END PGP MESSAGE-----",
                 "BEGIN PGP")  # fmt: skip
    yield bare("no header at all", "just a body\nof two lines", "of two lines")
    yield bare("no mail at all", '{"id": "1", "text": "Dear reader"}', "Dear reader", "all of it")
    yield bare("a header alone", "From: a@b.example\nSubject: the header alone", "the header alone")
    yield bare("blank from the start", "\n\nthe body", "the body")
    for name, payload in PAYLOADS.items():
        yield letter(f"attack {name}", plain("utf-8"), f"BEFORE {payload} AFTER", "BEFORE", "AFTER")
