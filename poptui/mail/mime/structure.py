"""Find the parts of a message, by position, in one pass.

Each delimiter line is looked up in a dictionary of the open boundaries, so that the time is linear
even for thousands of nested multiparts. The delimiter of an outer multipart closes all inner ones,
so that the parts of broken messages are found, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from mmap import mmap

from poptui.mail.mime.part_header import PartHead, read_part_head
from poptui.mail.mime.transfer_decoding import MAX_TEXT_BYTES, decoder_for
from poptui.patterns import lazy_pattern

Octets = bytes | mmap

MAX_PARTS = 1000
MAX_NESTING = 50
"""Maximum nesting level of multiparts; deeper ones count as being on this level. A real message
with nested forwards has about ten."""
_MAX_LEVELS = 20_000
MAX_DELIMITER_BYTES = 300
"""Maximum size of a delimiter line; RFC 2046 section 5.1.1 allows 74."""

UNCLOSED = "The message ends before its last part does."
MALFORMED = "Some lines of the header are malformed."
TOO_MANY = f"There are more than {MAX_PARTS} parts; the rest is left out."
TOO_DEEP = f"The parts are nested too deeply: what lies below level {MAX_NESTING} is shown there."


@dataclass(slots=True, eq=False)
class Node:
    """One part: its header, and where its body begins and ends."""

    head: PartHead
    start: int
    end: int
    children: list[Node] = field(default_factory=list)
    cut: bool = False
    """Its end is missing, because only the beginning of the message was downloaded."""

    @property
    def kind(self) -> str:
        return self.head.kind

    @property
    def multipart(self) -> bool:
        return self.kind.startswith("multipart/")


@dataclass(slots=True, eq=False)
class _Level:
    """A multipart whose end hasn't been found yet."""

    node: Node
    into: Node
    """The node that gets its parts: the multipart itself, or an ancestor if it is too deep."""
    keys: tuple[bytes, ...]
    closed: bool = False


def parse(octets: Octets, *, complete: bool = True) -> tuple[Node, list[str]]:
    """Return the tree of a whole message, and sentences about mistakes in its structure.

    ``complete`` is false if only the beginning of the message was downloaded.
    """
    head, start, malformed = read_part_head(octets, 0, len(octets), lambda line: False)
    root = Node(head, start, len(octets), cut=not complete)
    scan = StructureScan(octets, complete)
    if malformed:
        scan.remark(MALFORMED)
    scan.fill(root, head.boundary if root.multipart else "")
    return root, scan.remarks


class StructureScan:
    """One pass over a multipart and all parts below it."""

    def __init__(self, octets: Octets, complete: bool) -> None:
        self.remarks: list[str] = []
        self._octets, self._complete = octets, complete
        self._levels: list[_Level] = []
        self._open: dict[bytes, list[int]] = {}
        """The open levels of each delimiter, the innermost last."""
        self._leaf: Node | None = None
        self._leaves = 0

    def remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def fill(self, root: Node, boundary: str) -> None:
        """Find the parts of ``root``, which ``boundary`` separates."""
        if not boundary:
            return
        self._push(root, root, boundary)
        position = max(0, root.start - 1)
        while (found := self._delimiter(position, root.end)) is not None:
            at, after, level, closes = found
            self._end(at, level)
            position = after - 1
            if closes:
                self._levels[level].closed = True
            elif self._leaves >= MAX_PARTS or len(self._levels) >= _MAX_LEVELS:
                self.remark(TOO_MANY)
                return
            else:
                position = self._begin(self._levels[level], after, root.end) - 1
        self._finish(root.end)

    def _delimiter(self, position: int, end: int) -> tuple[int, int, int, bool] | None:
        """Return where the part before the next delimiter ends, where its line ends, its level,
        and whether it closes that level."""
        octets = self._octets
        while (at := octets.find(b"\n--", position, end)) >= 0:
            position = at + 3
            line_end = octets.find(b"\n", position, min(end, position + MAX_DELIMITER_BYTES))
            if line_end < 0 and end - position > MAX_DELIMITER_BYTES:
                continue
            line_end = end if line_end < 0 else line_end
            line = octets[position:line_end].rstrip()
            for text, closes in ((line, False), (line.removesuffix(b"--"), True)):
                if (level := self._level(text)) is not None:
                    return self._before(at), min(line_end + 1, end), level, closes
        return None

    def _level(self, line: bytes) -> int | None:
        levels = self._open.get(line)
        if not levels:
            return None
        return next((at for at in reversed(levels) if not self._levels[at].closed), levels[-1])

    def _before(self, at: int) -> int:
        """Exclude the line break before a delimiter; it is part of it (RFC 2046 section 5.1.1)."""
        return max(0, at - (at > 0 and self._octets[at - 1 : at] == b"\r"))

    def _end(self, at: int, level: int) -> None:
        """Close all levels below ``level``."""
        if self._leaf is not None:
            self._leaf.end = max(self._leaf.start, at)
            self._leaf = None
        while len(self._levels) > level + 1:
            self._pop(at)

    def _pop(self, at: int) -> None:
        level = self._levels.pop()
        level.node.end = max(level.node.start, at)
        self._check_closed(level)
        for key in level.keys:
            self._open[key].pop()

    def _begin(self, level: _Level, position: int, end: int) -> int:
        """Add the part after a delimiter; return where its body begins."""
        head, start, malformed = read_part_head(
            self._octets, position, end, self._delimits, digest=level.node.kind == _DIGEST
        )
        if malformed:
            self.remark(MALFORMED)
        node = Node(head, start, end)
        deep = node.multipart and len(self._levels) >= MAX_NESTING
        if deep:
            self.remark(TOO_DEEP)
        else:
            level.into.children.append(node)
        if node.multipart and head.boundary:
            self._push(node, level.into if deep else node, head.boundary)
        else:
            self._leaf = node
            self._leaves += 1
        return start

    def _delimits(self, line: bytes) -> bool:
        line = line[2:].rstrip()
        return bool(self._open.get(line) or self._open.get(line[:-2]))

    def _push(self, node: Node, into: Node, boundary: str) -> None:
        level = _Level(node, into, _keys(boundary))
        for key in level.keys:
            self._open.setdefault(key, []).append(len(self._levels))
        self._levels.append(level)

    def _finish(self, end: int) -> None:
        """Close everything at the end of the data."""
        if self._leaf is not None:
            self._leaf.end, self._leaf.cut = end, not self._complete
        for level in self._levels:
            level.node.end = end
            if self._complete:
                self._check_closed(level)

    def _check_closed(self, level: _Level) -> None:
        if level.node.children and not level.closed:
            self.remark(UNCLOSED)


_DIGEST = "multipart/digest"


def _keys(boundary: str) -> tuple[bytes, ...]:
    """Return the possible delimiters: a folded boundary may be used without its spaces."""
    whole = boundary.rstrip().encode("utf-8", "replace")
    return tuple({whole, whole.replace(b" ", b"")})


# --- parts that no header helps to find


NO_START = "The message announces parts that never begin; what is there is shown as text."
_OTHER = "The parts are separated by another boundary than the one announced."
_UNANNOUNCED = "The header of the message does not say that it has parts; they were found."
_ENCODED = "The parts are encoded as a whole, which no standard allows."

_SEARCHED_BYTES = 1 << 20
_MAX_PREAMBLE_BYTES = 500
"""Maximum bytes before the first part of a message whose header has lost its content type."""
_NOTICE = lazy_pattern(
    rb"(?:.{1,100}\r?\n\s*)?.{0,100}\b(?:MIME|multi-?part)\b.{0,100}", re.IGNORECASE
)
"""Texts that programs write before the first part."""
_DELIMITER = lazy_pattern(
    rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?:Content-|MIME-)[\w-]+[ \t]*:", re.IGNORECASE
)


def recovered(octets: Octets, node: Node, *, complete: bool) -> tuple[Octets, list[str]]:
    """Find the parts of ``node``, a multipart that seems to have none.

    Returns the octets that contain them, and sentences about what was wrong. If nothing is found,
    ``node`` stays without parts.
    """
    octets, remarks = _decoded(octets, node)
    if node.children:
        return octets, remarks
    boundary = _boundary(octets[node.start : min(node.end, node.start + _SEARCHED_BYTES)])
    if boundary:
        remarks += _fill(octets, node, boundary, complete)
        remarks.append(_OTHER)
    elif complete:
        remarks.append(NO_START)
    return octets, remarks


def fill_unannounced(octets: Octets, root: Node, *, complete: bool) -> list[str]:
    """Fill ``root``, a message without content type, if it is parts from its start to its end.

    A text may quote parts: then there is more before or after them than programs write there.
    """
    start = octets[root.start : min(root.end, root.start + _MAX_PREAMBLE_BYTES)]
    if root.head.typed or not (found := _DELIMITER.search(start)):
        return []
    before = start[: found.start()].strip()
    is_header = found[1] in before  # its end came too early
    if before and not (is_header or _NOTICE.fullmatch(before)):
        return []
    closing = octets.rfind(b"--" + found[1] + b"--", root.start, root.end)
    behind = octets[closing : min(root.end, closing + 2 * _MAX_PREAMBLE_BYTES)]
    if closing >= 0 and len(behind.strip()) > _MAX_PREAMBLE_BYTES:
        return []
    return [_UNANNOUNCED, *_fill(octets, root, _name_of(found), complete)]


def _boundary(octets: bytes) -> str:
    found = _DELIMITER.search(octets)
    return _name_of(found) if found else ""


def _name_of(delimiter: re.Match[bytes]) -> str:
    return delimiter[1].decode("utf-8", "replace")


def _fill(octets: Octets, node: Node, boundary: str, complete: bool) -> list[str]:
    scan = StructureScan(octets, complete)
    scan.fill(node, boundary)
    return scan.remarks


def _decoded(octets: Octets, node: Node) -> tuple[Octets, list[str]]:
    """Decode a multipart with a transfer encoding, and find its parts if its boundary appears."""
    encoding = node.head.encoding
    if encoding not in ("base64", "quoted-printable"):
        return octets, []
    decoder = decoder_for(encoding)
    inner = decoder.feed(octets[node.start : min(node.end, node.start + MAX_TEXT_BYTES)])
    inner = b"\n" + inner + decoder.finish(cut=True)
    node.start, node.end = 1, len(inner)
    return inner, [_ENCODED, *_fill(inner, node, node.head.boundary, complete=False)]
