"""The title of the viewer: what is shown, how much was downloaded, what a key would download."""

from __future__ import annotations

from poptui.mailbox.entry import MessageEntry
from poptui.text.format import size
from poptui.tui.reading.opened_messages import HeaderView, OpenedMessage

PREVIEW_LINES = (40, 200)
"""Lines of the body that the first and the second preview download."""
_BAR_CELLS = 20
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SEPARATOR = " · "


def card_title(entry: MessageEntry) -> str:
    """For a header: what opening the message would download; actions stand in braces."""
    keys = f"{{peek}} preview{_SEPARATOR}{{open}} download ({size(entry.size)})"
    return f"headers only{_SEPARATOR}{keys}"


def opened_title(opened: OpenedMessage) -> str:
    """For a message or its beginning; actions stand in braces."""
    return _SEPARATOR.join(filter(None, (_extent(opened), _form(opened), _head(opened))))


def next_peek(opened: OpenedMessage | None) -> int | None:
    """How many lines the next preview downloads; None if there is no next one."""
    if opened is None:
        return PREVIEW_LINES[0]
    if opened.all_came:
        return None
    return next((lines for lines in PREVIEW_LINES if lines > (opened.lines or 0)), None)


def rest_of(opened: OpenedMessage) -> str:
    """How much Enter would download."""
    return size(max(0, opened.entry.size - opened.message.octets))


def _extent(opened: OpenedMessage) -> str:
    came, entry = opened.message.octets, opened.entry
    if opened.enclosed:
        return f"enclosed, Esc goes back{_SEPARATOR}{size(came)}"
    if opened.message.incomplete:
        return f"incomplete, {cost(came, entry.size)}"
    if opened.whole:
        return size(came)
    if opened.all_came:
        return f"preview, all {size(came)}"
    more = f"{{peek}} {PREVIEW_LINES[1]} lines" if next_peek(opened) else ""
    enter = f"{{open}} download ({size(entry.size)})"
    return _SEPARATOR.join(filter(None, (f"preview, {cost(came, entry.size)}", more, enter)))


def _form(opened: OpenedMessage) -> str:
    if opened.headers is HeaderView.RAW:
        return ""
    name, other = ("HTML", "plain") if opened.body.html else ("plain", "HTML")
    return f"{name}, {{alternative}} shows {other}" if opened.other else name


def _head(opened: OpenedMessage) -> str:
    if opened.headers is HeaderView.SHORT:
        return ""
    return "raw" if opened.headers is HeaderView.RAW else "all headers"


def cost(octets: int, total: int) -> str:
    """``3.1 of 275 kB``: the unit once where it is the same."""
    whole = size(total)
    if whole.endswith(" kB") and octets < 99_950:
        return f"{octets / 1000:.1f} of {whole}"
    number, unit = size(octets).split(" ")
    return f"{number if whole.endswith(' ' + unit) else size(octets)} of {whole}"


def progress_title(octets: int, total: int) -> str:
    """``▕████    ▏ 123 of 275 kB   Esc stops``; more than was announced fills the bar."""
    eighths = _BAR_CELLS * 8 * min(octets, total) // total if total > 0 else 0
    full, rest = divmod(eighths, 8)
    filled = ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR_CELLS)
    return f"▕{filled}▏ {cost(octets, total)}   Esc stops"
