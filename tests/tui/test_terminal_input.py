"""No control sequence types keys, known or not, however it is split and however late the rest
is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from poptui.tui.input.parser import KeyParser
from poptui.tui.input.splitter import LATE_S, MAX_PASTE_CHARACTERS
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import app_of, running, shows, until

AT_ONCE, SOON, LATE = 0.0, 0.2, 0.9
"""Seconds between two reads: within a sequence; longer than ESCDELAY; after it was abandoned."""

ANSWERS = [
    "\x1b]11;rgb:dddd/dddd/dddd\x07",
    "\x1b]11;rgb:dddd/dddd/dddd\x1b\\",
    "\x1b]4;1;rgb:dd/dd/dd\x9c",
    "\x1bP>|Term(1.2dd)\x1b\\",
    "\x1bP1$r0;1dm\x1b\\",
    "\x1bP1+r544e=ddqc\x1b\\",
    "\x1b_Gi=31;OK:dd\x1b\\",
    "\x1b^dddd\x1b\\",
    "\x1bXdddd\x1b\\",
    "\x1b[?62;22;52d",
    "\x1b[>41;354;0c",
    "\x1b[?997;1n",
    "\x1b[8;24;80t",
    "\x1b[1;2:3d",
    "\x1b[l",
    "\x9b?62;22d",
    "\x9d11;rgb:dddd\x07",
    "\x1b[99999999999u",
    "\x1b[97:65;2d",
    "\x1b[97:65;2u",
    "\x1b[48;999999999;999999999;1;1t",
    "\x1b[48;0;0;0;0t",
    "\x1b[55296;1u",
    "\x1b[" + "1;" * 40 + "d",
]


class Clock:
    """A clock that is advanced by tests."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def read(*reads: str | float) -> list[Message]:
    """Return what a parser makes of these reads; numbers are pauses in seconds."""
    clock = Clock()
    parser = KeyParser(clock=clock)
    found: list[Message] = []
    for read_or_pause in [*reads, 10.0]:
        if isinstance(read_or_pause, str):
            found += parser.feed(read_or_pause)
            found += parser.tick()
        else:
            end = clock.now + read_or_pause
            while clock.now < end:
                clock.now = min(end, clock.now + 0.1)
                found += parser.tick()
    return found


def keys(*reads: str | float) -> list[str]:
    """Return only the keys."""
    return [event.key for event in read(*reads) if isinstance(event, events.Key)]


CSI = st.builds(
    "\x1b[{}{}{}".format,
    st.text("0123456789;:<=>?", max_size=12),
    st.text(" !#%&'()*+,-./", max_size=2),
    st.sampled_from("bcdefghijlnopqrsvwxz`@GJKLUVWXY"),
).filter(lambda text: keys(text) == [])
STRINGS = st.builds(
    "\x1b{}{}{}".format,
    st.sampled_from("]PX^_"),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40),
    st.sampled_from(["\x07", "\x1b\\", "\x9c"]),
)


@given(st.one_of(CSI, STRINGS), st.data(), st.sampled_from([AT_ONCE, SOON]))
def test_a_random_sequence_types_nothing_wherever_it_is_cut(
    sequence: str, data: st.DataObject, pause: float
) -> None:
    cut = data.draw(st.integers(1, len(sequence) - 1))
    typed = keys("j", sequence[:cut], pause, sequence[cut:], "k")
    assert typed[0] == "j"
    assert typed[-1] == "k"
    assert typed[1:-1] in ([], ["escape"])
    assert keys("j", *sequence, "k") == ["j", "k"]


@pytest.mark.parametrize("sequence", ANSWERS)
@pytest.mark.parametrize("pause", [AT_ONCE, SOON, LATE])
def test_an_answer_of_the_terminal_types_nothing_wherever_it_is_cut(
    sequence: str, pause: float
) -> None:
    for cut in range(1, len(sequence)):
        typed = keys(sequence[:cut], pause, sequence[cut:], 4.0, "d")
        assert typed.pop() == "d"
        # What begins like a key that was pressed is one, if nothing follows in time.
        assert [key for key in typed if key != "escape" and not key.startswith("alt+")] == []
    assert keys("j" + sequence + "k") == ["j", "k"]


@pytest.mark.parametrize("sequence", ["\x1b]11;rgb:dd", "\x1bPdd", "\x1b[1;2", "\x1b_G", "\x1b[M"])
def test_an_unterminated_sequence_swallows_no_later_keys(sequence: str) -> None:
    assert keys(sequence, LATE_S + 1, "j", "d") == ["j", "d"]
    held_down: list[str | float] = ["j", 0.03]
    assert keys(sequence, *held_down * 300)[-200:] == ["j"] * 200
    assert keys(sequence, "\x1b[A", "d")[-2:] == ["up", "d"]


def test_a_string_keeps_no_more_than_it_must() -> None:
    parser = KeyParser()
    for _ in range(200):
        assert list(parser.feed("\x1b]" + "d" * 5000)) == []
    assert list(parser.feed("\x07")) == []
    assert [event.key for event in parser.feed("j") if isinstance(event, events.Key)] == ["j"]


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        ("\x1b", ["escape"]),
        ("\x1b\x1b", ["escape", "escape"]),
        ("\x1bj", ["alt+j"]),
        ("\x1bjd", ["alt+j", "d"]),
        ("\x1bJ", ["alt+shift+j"]),
        ("\x1b/d", ["alt+slash", "d"]),
        ("\x1b1", ["alt+1"]),
        ("\x1b\x04", ["escape", "ctrl+d"]),
        ("\x1b\x04\x1b\x06j", ["escape", "ctrl+d", "escape", "ctrl+f", "j"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1b\x7f", ["ctrl+w"]),
        ("\x1b[A\x1bOB\x1b[1;5C", ["up", "down", "ctrl+right"]),
        ("\x1b[[A\x1b[3$\x1b[5~", ["f1", "shift+delete", "pageup"]),
        ("\x1b[Z\t\r\x00", ["shift+tab", "tab", "enter", "ctrl+@"]),
        ("\x1b[97;5u\x1b[27u", ["ctrl+a", "escape"]),
        ("\x1b[", ["alt+left_square_bracket"]),
        ("\x1bO", ["alt+shift+o"]),
        ("ü€😀", ["ü", "€", "😀"]),
    ],
)
def test_packets_are_read_as_these_keys(packet: str, expected: list[str]) -> None:
    assert [
        key.replace("euro_sign", "€").replace("grinning_face", "😀") for key in keys(packet)
    ] == (expected)


def test_escape_is_not_taken_for_the_beginning_of_keys_that_follow_later() -> None:
    assert keys("\x1b", SOON, "d", "]", "[", "O", "P") == [
        "escape", "d", "right_square_bracket", "left_square_bracket", "O", "P"
    ]  # fmt: skip
    assert keys("\x1b", SOON, "]]j", "dd") == ["escape"] + ["right_square_bracket"] * 2 + list(
        "jdd"
    )


def pastes(*reads: str | float) -> list[str]:
    """Return only the pastes; fail if there is a key."""
    found = read(*reads)
    assert not [event for event in found if isinstance(event, events.Key)]
    return [event.text for event in found if isinstance(event, events.Paste)]


@pytest.mark.parametrize(
    "pasted",
    ["dinner", "a\x1b[Ab", "\x1b" + "d" * 60, "\x1b]11;dd", "x\x1b[20", "\x1b[200~", "é\n"],
)
def test_a_paste_is_one_paste_wherever_it_is_cut(pasted: str) -> None:
    sent, expected = f"\x1b[200~{pasted}\x1b[201~", [pasted.replace("\x1b", "")]
    assert pastes(sent) == expected
    assert pastes(*sent) == expected
    for cut in range(2, len(sent)):
        assert pastes(sent[:cut], 0.3, sent[cut:]) == expected
    after_escape = read(sent[:1], SOON, sent[1:])
    assert [type(event) for event in after_escape] == [events.Key, events.Paste]


def test_a_paste_loses_its_control_characters() -> None:
    sent = "a\x00\x07\x1b[41mb\t\x7f\x9b\r\n\u202ec"
    assert pastes(f"\x1b[200~{sent}\x1b[201~") == ["a[41mb\t\r\n\u202ec"]


def test_a_paste_without_an_end_ends() -> None:
    whole = read("\x1b[200~dd", 6.0, "j")
    assert [getattr(event, "text", getattr(event, "key", "")) for event in whole] == ["dd", "j"]
    left = read("\x1b[200~dd", 0.6, "\x1b", SOON, "j")
    assert [getattr(e, "text", getattr(e, "key", "")) for e in left] == ["dd", "escape", "j"]
    (long,) = pastes("\x1b[200~", *["d" * 65536] * 40, "\x1b[201~")
    assert len(long) == MAX_PASTE_CHARACTERS


@given(st.lists(st.text(min_size=1, max_size=30), max_size=6))
def test_any_text_is_borne(texts: list[str]) -> None:
    list(read(*texts))


async def test_an_answer_of_the_terminal_marks_nothing() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        parser = KeyParser()
        for answer in ANSWERS:
            for event in parser.feed(answer):
                pilot.app.post_message(event)
        for event in parser.feed("/ab"):
            pilot.app.post_message(event)
        await until(pilot, lambda: app_of(pilot).mail.panes.prompt.field.value == "ab")
        assert mailbox.marked() == []
