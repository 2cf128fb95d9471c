"""Count the parts of an HTML body that aren't shown or fetched, and describe them in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from poptui.mail.html.css import Attributes
from poptui.mail.link import link
from poptui.mail.parsed_message import Remark, Severity
from poptui.printable import printable_line

_MAX_USUAL_HIDDEN_CHARACTERS = 1000
"""More hidden text is reported as a warning: newsletters hide only a line of preview text."""
_MAX_HOSTS = 3
_MAX_BACKGROUNDS = 10_000
_FRAMES = frozenset({"iframe", "frame", "object", "embed", "applet", "portal"})
_MEDIA = frozenset({"video", "audio", "source", "track"})


class BlockedContent:
    """Counts of blocked content, collected during one walk through a page."""

    def __init__(self) -> None:
        self.hidden = 0
        """The number of characters that a reader of the page would not see."""
        self._remarks: dict[Remark, None] = {}
        self._pictures: Counter[str] = Counter()
        self._pixels: Counter[str] = Counter()
        self._backgrounds: set[str] = set()
        self._frames: Counter[str] = Counter()
        self._enclosed = self._scripts = self._media = self._sheets = 0

    def text(self, text: str) -> None:
        """Count text that is hidden from the reader."""
        self.hidden += sum(len(word) for word in text.split() if any(map(str.isprintable, word)))

    def picture(self, source: str, *, is_pixel: bool) -> None:
        """Count a picture. Fetching a remote one tells the sender when and where it is read."""
        if source[:5].lower() == "data:":
            self._enclosed += 1
        elif host := _host(source):
            (self._pixels if is_pixel else self._pictures)[host] += 1

    def background(self, source: str) -> None:
        """Count a background picture; a browser would fetch each address once."""
        if _host(source) and len(self._backgrounds) < _MAX_BACKGROUNDS:
            self._backgrounds.add(source)

    def element(self, tag: str, attributes: Attributes) -> None:
        """Count an element that isn't shown, or that would act by itself."""
        source = attributes.get("src") or attributes.get("data") or ""
        if tag == "script":
            self._scripts += 1
        elif tag in _FRAMES:
            self._frames[_host(source) or "no host"] += 1
        elif tag in _MEDIA and source:
            self._media += 1
        elif tag == "link" and "stylesheet" in (attributes.get("rel") or "").lower():
            self._sheets += 1
        elif tag == "meta" and (attributes.get("http-equiv") or "").lower() == "refresh":
            self._refresh(attributes.get("content") or "")
        elif tag == "form":
            self._form(attributes)
        elif tag == "input" and (attributes.get("type") or "").lower() == "password":
            self.remark("The form in the message asks for a password.", Severity.WARNING)

    def remark(self, sentence: str, severity: Severity = Severity.BROKEN) -> None:
        if len(self._remarks) < 20:
            self._remarks.setdefault(Remark(printable_line(sentence), severity))

    def remarks(self) -> tuple[Remark, ...]:
        """Describe everything in sentences."""
        counted = [
            Remark(printable_line(sentence), Severity.NOTE) for sentence in self._sentences()
        ]
        if self.hidden:
            severity = (
                Severity.WARNING if self.hidden > _MAX_USUAL_HIDDEN_CHARACTERS else Severity.NOTE
            )
            counted.append(Remark(f"{_count(self.hidden, 'hidden character')} left out.", severity))
        return (*self._remarks, *counted)

    def _sentences(self) -> Iterator[str]:
        if self._pictures:
            yield f"{_count(self._pictures.total(), 'remote picture')} not fetched."
        if self._backgrounds:
            yield f"{_count(len(self._backgrounds), 'remote background picture')} not fetched."
        if self._pixels:
            pixels = _count(self._pixels.total(), "tracking pixel")
            yield f"{pixels} not fetched ({_hosts(self._pixels)})."
        if self._frames:
            pages = _count(self._frames.total(), "embedded page")
            yield f"{pages} not fetched ({_hosts(self._frames)})."
        for number, singular, plural, done in (
            (self._enclosed, "picture inside the HTML", "pictures inside the HTML", "not shown"),
            (self._scripts, "script", "scripts", "left out"),
            (self._media, "video or sound", "videos or sounds", "left out"),
            (self._sheets, "remote style sheet", "remote style sheets", "not fetched"),
        ):
            if number:
                yield (
                    f"1 {singular} is {done}."
                    if number == 1
                    else f"{number:,} {plural} are {done}."
                )

    def _refresh(self, content: str) -> None:
        _, leads, target = content.partition("=")
        if leads:
            where = link("", target.strip(" '\"")).target
            self.remark(f"The HTML tries to open {where} by itself.", Severity.WARNING)

    def _form(self, attributes: Attributes) -> None:
        action = link("", attributes.get("action") or "").target
        leads = f" to {action}" if action else ""
        self.remark(f"The message contains a form{leads}, which is not shown.", Severity.WARNING)


def _host(source: str) -> str:
    try:
        return urlsplit(source.strip()).hostname or ""
    except ValueError:
        return "malformed address"


def _hosts(hosts: Counter[str]) -> str:
    named = [host[:80] for host, _ in hosts.most_common(_MAX_HOSTS)]
    return ", ".join(named) + (" and others" if len(hosts) > _MAX_HOSTS else "")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what} is" if number == 1 else f"{number:,} {what}s are"
