"""The states of a POP3 session and every way from one to another (RFC 1939 section 3).

The rules that this table keeps:

* nothing is said before the greeting, and nothing after QUIT;
* a login is the only way into the mailbox;
* QUIT in the mailbox is the only way to UPDATE, the one state in which mail disappears;
* STLS takes a session back to a fresh AUTHORIZATION: what was learnt before it is void.
"""

from __future__ import annotations

from enum import Enum


class ProtocolState(Enum):
    """Where a session stands."""

    GREETING = "greeting"
    AUTHORIZATION = "authorization"
    TRANSACTION = "transaction"
    UPDATE = "update"
    CLOSED = "closed"

    __hash__ = object.__hash__
    """There is one of each; Enum's own hash is slower, and every command and reply needs some."""


BEFORE_LOGIN = frozenset({ProtocolState.AUTHORIZATION})
IN_MAILBOX = frozenset({ProtocolState.TRANSACTION})
EITHER = BEFORE_LOGIN | IN_MAILBOX

TRANSITIONS: dict[tuple[ProtocolState, str], ProtocolState] = {
    (ProtocolState.GREETING, "+OK"): ProtocolState.AUTHORIZATION,
    (ProtocolState.GREETING, "-ERR"): ProtocolState.CLOSED,
    (ProtocolState.AUTHORIZATION, "PASS"): ProtocolState.TRANSACTION,
    (ProtocolState.AUTHORIZATION, "APOP"): ProtocolState.TRANSACTION,
    (ProtocolState.AUTHORIZATION, "AUTH"): ProtocolState.TRANSACTION,
    (ProtocolState.AUTHORIZATION, "STLS"): ProtocolState.AUTHORIZATION,
    (ProtocolState.AUTHORIZATION, "QUIT"): ProtocolState.CLOSED,
    (ProtocolState.TRANSACTION, "QUIT"): ProtocolState.UPDATE,
}
"""(state, command answered by +OK) -> the state after it; a pair that is not here stays put."""


def after(state: ProtocolState, verb: str) -> ProtocolState:
    """The state that a positive answer to ``verb`` leads to."""
    return TRANSITIONS.get((state, verb), state)
