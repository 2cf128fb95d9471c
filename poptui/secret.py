"""A string that does not show itself: passwords and tokens, from the prompt to the wire."""

from __future__ import annotations


class Secret:
    """A password or token whose ``repr``, ``str`` and formatting hide it.

    Tracebacks, logs and crash screens print local variables; wrapping the value is what
    keeps it out of all of them. ``reveal`` is called where the bytes go to the server.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the wire and for nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)
