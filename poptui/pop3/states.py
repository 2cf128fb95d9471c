"""The states of a POP3 session and the transitions between them (RFC 1939 section 3).

The table guarantees:

* nothing is sent before the greeting or after QUIT;
* only a login leads to the TRANSACTION state;
* only QUIT leads to UPDATE, the one state in which messages are deleted;
* STLS leads back to AUTHORIZATION: what was learned before TLS is void.
"""

from __future__ import annotations

from enum import Enum


class ProtocolState(Enum):
    """The state of a session."""

    GREETING = "greeting"
    AUTHORIZATION = "authorization"
    TRANSACTION = "transaction"
    UPDATE = "update"
    CLOSED = "closed"

    __hash__ = object.__hash__
    """Members are singletons. Enum's own hash is slower, and every command and reply needs it."""


BEFORE_LOGIN = frozenset({ProtocolState.AUTHORIZATION})
AFTER_LOGIN = frozenset({ProtocolState.TRANSACTION})
ANYTIME = BEFORE_LOGIN | AFTER_LOGIN

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
"""(state, command answered with +OK) -> next state. Other pairs leave the state as it is."""


def next_state(state: ProtocolState, verb: str) -> ProtocolState:
    """Return the state after a positive reply to ``verb``."""
    return TRANSITIONS.get((state, verb), state)
