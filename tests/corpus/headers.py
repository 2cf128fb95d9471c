"""Headers: missing, malformed, encoded in every way, repeated, endless."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.sample import Sample, bare

FROM: dict[str, tuple[str, str]] = {
    "a comma in the name": ("Facebook, Inc <x@y.example>", "Facebook, Inc"),
    "no address": ("Just A Name", "Just A Name"),
    "an address alone": ("x@y.example", "x@y.example"),
    "the name behind": ("x@y.example (Ann Lee)", "Ann Lee"),
    "a quoted encoded word": (
        '"=?koi8-r?B?48XO1NIg7cnH0sHDyck=?=" <x@y.example>',
        "Центр Миграции",
    ),
    "an encoded word that is broken": ("=?utf-8?B?A?= <x@y.example>", "x@y.example"),
    "a word of an unknown charset": ("=?x-none?Q?Ann?= <x@y.example>", "x@y.example"),
    "a word with NUL for a charset": ("=?\0?Q?Ann?= <x@y.example>", "x@y.example"),
    "several senders": ("Ann <a@y.example>, Bob <b@y.example>", "Ann"),
    "a group": ("Quay: a@y.example, b@y.example;", "Quay"),
    "nothing": ("", "To"),
    "no end of the angle": ("Ann <a@y.example", "Ann"),
    "an address in the name": ('"bank@bank.example" <x@evil.example>', "x@evil.example"),
    "raw Latin-1": ("J\xfcrgen <x@y.example>", "rgen"),
    "controls": ("A\x1b[31mnn\x07 <x@y.example>", "x@y.example"),
    "an address of 5,000": (f"Ann <{'x' * 5000}@y.example>", "Ann"),
    "a name of 100,000": (f"{'Ann ' * 25_000}<x@y.example>", "Ann Ann"),
}
SUBJECTS: dict[str, tuple[str, str]] = {
    "encoded in two charsets": (
        "=?koi8-r?B?8NLJ18XU?= =?utf-8?Q?_Gr=C3=BC=C3=9Fe?=",
        "Привет Grüße",
    ),
    "a character in two words": ("=?utf-8?B?0J8=?= =?utf-8?B?0YA=?=", "Пр"),
    "half a character a word": ("=?utf-8?B?w7w=?==?utf-8?B?w7w=?=", "ü"),
    "raw UTF-8": ("Grüße roh", "Grüße roh"),
    "raw UTF-8 beside a word": ("Grüße =?utf-8?Q?und_mehr?=", "Grüße und mehr"),
    "folded": ("one\n two\n\tthree", "one two three"),
    "underscores and equals": ("=?utf-8?Q?a_b=5Fc=3Dd?=", "a b_c=d"),
    "a word that never ends": ("=?utf-8?B?" + "QUJD" * 20, "=?utf-8?B?QUJD"),
    "a language": ("=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    "white space alone": ("   ", "Subject"),
    "zero width": ("fr\u200be\u200be m\u2060oney", "Subject"),
    "markup": ("[bold]x[/nope] [@click=app.quit]y", "[bold]x[/nope]"),
    "100,000 characters": ("long " * 20_000, "long long"),
    "10,000 words": ("=?utf-8?Q?word?= " * 10_000, "word"),
    "a bell and a title": ("\x07\x1b]0;PWNED\x07 ring", "ring"),
}
DATES = ("", "yesterday", "Thu, 99 Foo 2009 99:99:99 +9999", "17 Dec 09 18:18", "2009-12-17T18:18:12Z",
         "Thu, 17 Dec 2009 18:18:12 (MSK)", "Thu, 17 Dec 99999 18:18:12 +0000", "0", "\x1b[31m")  # fmt: skip


def samples() -> Iterator[Sample]:
    """Yield each field in each form, then whole headers."""
    for name, (value, shown) in FROM.items():
        octets = value.encode("latin-1" if name == "raw Latin-1" else "utf-8")
        head = b"From: " + octets + b"\nTo: me@example.com\nSubject: from\n\nthe body"
        yield bare(f"from: {name}", head, shown, "the body")
    for name, (value, shown) in SUBJECTS.items():
        message = f"From: a@b.example\nTo: me@example.com\nSubject: {value}\n\nthe body"
        yield bare(f"subject: {name}", message, shown, "the body")
    for value in DATES:
        message = f"From: a@b.example\nTo: x\nDate: {value}\nSubject: date\n\nthe body"
        yield bare(f"date: {value!a}", message, "the body")
    yield from _whole()


def _whole() -> Iterator[Sample]:
    usual = "From: a@b.example\nTo: x@y.example\n"
    yield bare("two subjects", f"{usual}Subject: first\nSubject: second\n\nthe body", "first")
    yield bare("no subject", f"{usual}\nthe body", "the body")
    yield bare(
        "a line that is no field", f"{usual}what is this\nSubject: x\n\nthe body", "the body"
    )
    yield bare("blanks before the colon", f"{usual}Subject : spaced\n\nthe body", "the body")
    yield bare("a field of nothing", f"{usual}: nothing\nSubject: x\n\nthe body", "the body")
    yield bare("a fold at the start", f" folded\n{usual}Subject: x\n\nthe body", "the body")
    yield bare(
        "ten thousand fields", usual + "X-A: b\n" * 10_000 + "Subject: x\n\nthe body", "the body"
    )
    yield bare(
        "two hundred hops", "Received: from a by b; x\n" * 200 + f"{usual}\nthe body", "the body"
    )
    yield bare(
        "a header of 10 MB", usual + f"X-Long: {'y' * 10_000_000}\n\nthe body", "a@b.example"
    )
    many = ", ".join(f"user{n}@example.com" for n in range(5000))
    yield bare(
        "5,000 receivers", f"From: a@b.example\nTo: {many}\nSubject: x\n\nthe body", "user0@"
    )
