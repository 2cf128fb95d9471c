"""Plain text: flowed, quoted, wide, long, right to left, and attacks on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from tests.acceptance.hostile import PAYLOADS
from tests.corpus.sample import Sample, bare, coded, plain, sample

FLOWED = plain("utf-8", "; format=flowed")
DELSP = plain("utf-8", "; format=flowed; delsp=yes")


def samples() -> Iterator[Sample]:
    """Yield texts as people and programs write them, then each attack in a body."""
    yield sample("flowed", FLOWED, "one line \nthat flows \non\nand ends", "one line that flows on")
    yield sample("flowed and quoted", FLOWED, "> it \n> flows\n> > deeper", "> it flows", "deeper")
    yield sample("flowed, spaces deleted", DELSP, "東京 \n大阪", "東京大阪")
    yield sample("flowed, stuffed", FLOWED, " From here\n > no quote", "From here", "> no quote")
    yield sample("quotes", "", "".join(f"{'>' * n} level {n}\n" for n in range(1, 40)), "level 9")
    yield sample("a signature", "", "text\n\n-- \nAnn of the quay", "Ann of the quay")
    yield sample("a line of 200,000", "", "begin " + "word " * 40_000, "begin word word")
    yield sample("a word of 200,000", "", "begin " + "w" * 200_000, "begin")
    yield sample("50,000 lines", "", "".join(f"line {n}\n" for n in range(50_000)), "line 1")
    yield sample("tabs", "", "a\tb\tc\n\tindented", "indented")
    yield sample("wide characters", "", "全角文字" * 60, "全角文字全角")
    yield sample("emoji", "", "family 👨‍👩‍👧‍👦, flag 🇩🇪, heart ❤️, dark 👍🏿 done", "family", "done")
    yield sample("combining", "", "Za\u0308hlen: e\u0301te\u0301 " + "z" + "\u0301" * 500, "hlen:")
    yield sample("from right to left", "", "שלום לכולם, مرحبا", "שלום")
    yield sample("nothing at all", "", "", "(no text)")
    yield sample("blank lines", "", "\n" * 400 + "at last", "at last")
    yield sample("only white space", "", " \t \n \n", "(no text)")
    yield sample("dots", "", ".\n..\n...\n.begins with one", "..", ".begins with one")
    yield sample("carriage returns", "", b"one\rtwo\r\rthree", "one")
    yield sample("form feeds", "", "one\x0ctwo\x0bthree", "one")
    yield sample("From at a line's start", "", "From here to there\n>From quoted", "From here to")
    yield sample(
        "qp without end", coded(plain("utf-8"), "quoted-printable"), "soft=\n hard=", "soft"
    )
    yield sample("qp with nonsense", coded(plain("utf-8"), "quoted-printable"), "=ZZ =4 =", "=ZZ")
    yield sample("PGP in the text", "", "-----BEGIN PGP MESSAGE-----\n\nabcd\n-----END PGP MESSAGE-----",
                 "BEGIN PGP")  # fmt: skip
    yield bare("no header at all", "just a body\nof two lines", "of two lines")
    yield bare("no mail at all", '{"id": "1", "text": "Dear reader"}', "Dear reader", "all of it")
    yield bare("a header alone", "From: a@b.example\nSubject: the header alone", "the header alone")
    yield bare("blank from the start", "\n\nthe body", "the body")
    for name, payload in PAYLOADS.items():
        yield sample(f"attack {name}", plain("utf-8"), f"BEFORE {payload} AFTER", "BEFORE", "AFTER")
