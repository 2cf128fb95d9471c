"""The states of a POP3 session and every way from one to another (RFC 1939 section 3).

The rules that this table keeps:

* nothing is said before the greeting, and nothing after QUIT;
* a login is the only way into the maildrop;
* QUIT in the maildrop is the only way to UPDATE, the one state in which mail disappears;
* STLS takes a session back to a fresh AUTHORIZATION: what was learnt before it is void.
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where a session stands."""

    GREETING = "greeting"
    AUTHORIZATION = "authorization"
    TRANSACTION = "transaction"
    UPDATE = "update"
    CLOSED = "closed"

    __hash__ = object.__hash__
    """There is one of each; Enum's own hash is slower, and every command and reply needs some."""


BEFORE_LOGIN = frozenset({State.AUTHORIZATION})
IN_MAILDROP = frozenset({State.TRANSACTION})
EITHER = BEFORE_LOGIN | IN_MAILDROP

TRANSITIONS: dict[tuple[State, str], State] = {
    (State.GREETING, "+OK"): State.AUTHORIZATION,
    (State.GREETING, "-ERR"): State.CLOSED,
    (State.AUTHORIZATION, "PASS"): State.TRANSACTION,
    (State.AUTHORIZATION, "APOP"): State.TRANSACTION,
    (State.AUTHORIZATION, "AUTH"): State.TRANSACTION,
    (State.AUTHORIZATION, "STLS"): State.AUTHORIZATION,
    (State.AUTHORIZATION, "QUIT"): State.CLOSED,
    (State.TRANSACTION, "QUIT"): State.UPDATE,
}
"""(state, command answered by +OK) -> the state after it; a pair that is not here stays put."""


def after(state: State, verb: str) -> State:
    """The state that a positive answer to ``verb`` leads to."""
    return TRANSITIONS.get((state, verb), state)
