"""Remember which login methods a server has accepted or refused, and order them by that."""

from __future__ import annotations

from poptui.net.server import Server
from poptui.net.server_profile import ServerFact, ServerNumber, ServerProfile, login_subject

MAX_REFUSALS_OF_PROVEN = 2
"""After this many refused logins by the method that worked before, the others are tried again."""


class LoginMemory:
    """Facts about the login methods of one account, stored in the profile of its server."""

    def __init__(self, server: Server, profile: ServerProfile) -> None:
        self._server, self._profile = server, profile

    def sort(self, methods: list[str]) -> list[str]:
        """Return the method that worked before, after stronger ones that were never tried.

        If none has worked yet, return all, with those at which the server hung up last. Return all
        too if the one that worked is refused again and again: the server may store passwords in
        another way now.
        """
        known = {method: self._works(method) for method in methods}
        proven = next((method for method in methods if known[method]), None)
        if proven is not None and self._refusals(proven) >= MAX_REFUSALS_OF_PROVEN:
            return [proven, *(method for method in methods if method != proven)]
        if proven is not None:
            stronger = methods[: methods.index(proven)]
            return [method for method in stronger if known[method] is None] + [proven]
        return sorted(methods, key=lambda method: known[method] is False)

    def count_refusal(self, method: str) -> None:
        """Count refusals of a method that has worked."""
        if self._own(method):
            subject = login_subject(self._server.account, method)
            refusals = self._refusals(method) + 1
            self._profile.learn_number(ServerNumber.LOGINS_REFUSED, subject, refusals)

    def accepted(self, method: str, tried: list[str]) -> None:
        """Remember that ``method`` works and that those of ``tried`` before it don't."""
        account = self._server.account
        if self._refusals(method):
            subject = login_subject(account, method)
            self._profile.learn_number(ServerNumber.LOGINS_REFUSED, subject, 0)
        for failed in tried[: tried.index(method)]:
            self._profile.learn(ServerFact.LOGIN_METHOD, login_subject(account, failed), False)
        if self._own(method) is None and len(tried) > 1:
            self._profile.learn(ServerFact.LOGIN_METHOD, login_subject(account, method), True)

    def hung_up(self, method: str) -> None:
        """Remember that this server fails at a method, so that it is tried after the others."""
        subject = login_subject(self._server.address, method)
        self._profile.learn(ServerFact.LOGIN_METHOD, subject, False)

    def _works(self, method: str) -> bool | None:
        own = self._own(method)
        if own is not None:
            return own
        subject = login_subject(self._server.address, method)
        return self._profile.known(ServerFact.LOGIN_METHOD, subject)

    def _own(self, method: str) -> bool | None:
        """Whether the method worked for this account; None if that isn't known."""
        subject = login_subject(self._server.account, method)
        return self._profile.known(ServerFact.LOGIN_METHOD, subject)

    def _refusals(self, method: str) -> int:
        subject = login_subject(self._server.account, method)
        return self._profile.number(ServerNumber.LOGINS_REFUSED, subject) or 0
