"""Makes titles for the viewer: the view, the part that was downloaded, and the keys for more."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.mailbox.entry import MessageEntry
from poptui.text.format import size
from poptui.tui.reading.opened_messages import HeaderView, OpenedMessage
from poptui.tui.reading.pages import PaneTitle

PREVIEW_LINES = (40, 200)
"""Number of body lines that the first and the second preview download."""
_BAR_CELLS = 20
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SEPARATOR = " · "


def card_title(entry: MessageEntry, *, sized: bool = True) -> PaneTitle:
    """Return the title of a card. Names of actions are in braces, for ``Keymap.filled``.

    Without ``sized`` it is the same for all messages, as the list shows their sizes.
    """
    download = f"{{open}} download {size(entry.size)}" if sized else "{open} download"
    return PaneTitle("Headers", f"{{peek}} preview{_SEPARATOR}{download}")


def opened_title(opened: OpenedMessage) -> PaneTitle:
    """Return the title of a message or its beginning; names of actions are in braces."""
    name, *facts = _extent(opened)
    return PaneTitle(
        name, _SEPARATOR.join(filter(None, (*facts, _form_hint(opened), _headers_hint(opened))))
    )


def next_peek(opened: OpenedMessage | None) -> int | None:
    """Return the number of lines of the next preview; None if there is no next one."""
    if opened is None:
        return PREVIEW_LINES[0]
    if opened.is_complete:
        return None
    return next((lines for lines in PREVIEW_LINES if lines > (opened.lines or 0)), None)


def rest_of(opened: OpenedMessage) -> str:
    """Return how much of the message is missing, such as ``3.1 of 275 kB``."""
    return size(max(0, opened.entry.size - opened.message.octets))


def _extent(opened: OpenedMessage) -> Sequence[str]:
    """Return the view, the part that was downloaded, and the key for more."""
    received, entry = opened.message.octets, opened.entry
    if opened.enclosed:
        return "Enclosed message", size(received), "Esc goes back"
    if opened.message.incomplete:
        return "Incomplete message", progress(received, entry.size)
    if opened.whole:
        return "Message", size(received)
    if opened.is_complete:
        return "Preview", f"all {size(received)}"
    more = f"{{peek}} {PREVIEW_LINES[1]} lines" if next_peek(opened) else ""
    return (
        "Preview",
        progress(received, entry.size),
        more,
        f"{{open}} download {size(entry.size)}",
    )


def _form_hint(opened: OpenedMessage) -> str:
    if opened.headers is HeaderView.RAW:
        return ""
    name, other = ("HTML", "plain") if opened.body.html else ("plain", "HTML")
    return f"{name}, {{alternative}} shows {other}" if opened.other_form else name


def _headers_hint(opened: OpenedMessage) -> str:
    if opened.headers is HeaderView.SHORT:
        return ""
    return "raw" if opened.headers is HeaderView.RAW else "all headers"


def progress(octets: int, total: int) -> str:
    """Return ``3.1 of 275 kB``, with the unit only once if it is the same."""
    whole = size(total)
    if whole.endswith(" kB") and octets < min(total, 99_950):
        return f"{octets / 1000:.1f} of {whole}"
    number, unit = size(octets).split(" ")
    return f"{number if whole.endswith(' ' + unit) else size(octets)} of {whole}"


def progress_title(octets: int, total: int) -> PaneTitle:
    """Return ``▕████ ▏ 123 of 275 kB · Esc stops``; the bar stays full if more comes than
    announced."""
    eighths = _BAR_CELLS * 8 * min(octets, total) // total if total > 0 else 0
    full, rest = divmod(eighths, 8)
    filled = ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR_CELLS)
    return PaneTitle("Downloading", f"▕{filled}▏ {progress(octets, total)}{_SEPARATOR}Esc stops")
