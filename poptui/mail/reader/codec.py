"""Encode a parsed message as JSON in the worker, and decode it in the interface.

The worker handles hostile data, so its answer isn't trusted: each value must have the expected
type, nothing in it can name code (as pickle could), and its text is sanitized again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from functools import cache
from types import GenericAlias
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from poptui.mail.headers.header import Header
from poptui.mail.lines import Line, with_printable_text
from poptui.mail.parsed_message import Body, ParsedMessage, Part, Remark
from poptui.printable import printable_line

T = TypeVar("T")
Unpacker = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Packet:
    """A parsed message without its header, which the interface reads itself."""

    bodies: tuple[Body, ...]
    attachments: tuple[Part, ...]
    remarks: tuple[Remark, ...]
    complete: bool


def pack(parsed: ParsedMessage) -> bytes:
    """Encode a parsed message, without its header."""
    packet = (parsed.bodies, parsed.attachments, parsed.remarks, parsed.complete)
    return json.dumps(_packed(packet), ensure_ascii=False).encode("utf-8", "replace")


def unpack(octets: bytes, header: Header, cc: str) -> ParsedMessage:
    """Decode a parsed message and add its header. Raises ValueError for anything unexpected."""
    try:
        packet = _unpacker(_Packet)(json.loads(octets))
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not packet.bodies:
        raise ValueError("a message without a body")
    bodies = tuple(_clean_body(body) for body in packet.bodies)
    remarks = _clean_remarks(packet.remarks)
    return ParsedMessage(header, cc, bodies, packet.attachments, remarks, packet.complete)


def _clean_body(body: Body) -> Body:
    lines = tuple(map(with_printable_text, body.lines))
    return replace(body, lines=lines, remarks=_clean_remarks(body.remarks))


def _clean_remarks(remarks: tuple[Remark, ...]) -> tuple[Remark, ...]:
    return tuple(Remark(printable_line(remark.sentence), remark.severity) for remark in remarks)


def _packed(value: object) -> object:
    if isinstance(value, Line):
        return [*value[:4], [list(span) for span in value.spans]]
    if isinstance(value, tuple):
        return [_packed(item) for item in value]
    if is_dataclass(value):
        return [_packed(getattr(value, field.name)) for field in fields(value)]
    return value


@cache
def _unpacker(kind: type[Any] | GenericAlias) -> Unpacker:
    """Return a function that makes a ``kind`` from its JSON value, or raises."""
    if get_origin(kind) is tuple:
        one = _unpacker(get_args(kind)[0])
        return lambda value: tuple([one(item) for item in _list(value)])
    assert isinstance(kind, type)
    if is_dataclass(kind) or issubclass(kind, tuple):
        return _record(kind)
    if issubclass(kind, StrEnum):
        return kind
    return lambda value: _exactly(kind, value)


def _record(kind: type[Any]) -> Unpacker:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(kind._fields)
    unpackers = [_unpacker(hints[name]) for name in names]

    def unpacked(value: Any) -> Any:
        pairs = zip(unpackers, _list(value), strict=True)
        return kind(*[unpacker(item) for unpacker, item in pairs])

    return unpacked


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise ValueError("not a list")
    return value


def _exactly(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise ValueError(f"not a {kind.__name__}")
    return value
