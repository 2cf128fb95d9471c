"""Whether commands may go out together: the user's word, the server's, memory, or a trial.

Many servers that do not advertise PIPELINING read lines from a stream and so take flights all the
same. The trial is two NOOPs in one write, when enough is to come to be worth it. A server that
fails it, or loses commands of a flight later, is asked one thing at a time from then on.
"""

from __future__ import annotations

import asyncio
import logging

from poptui.net.client import WINDOW, Client
from poptui.net.errors import lost_step
from poptui.net.server_profile import ServerFact, ServerProfile
from poptui.pop3.commands import Noop

logger = logging.getLogger(__name__)

TRIED = (8, 64, 8)
"""The fewest and the most commands outstanding at a server that does not advertise PIPELINING, and
how many they are at first."""

WORTH = 3.0
"""Seconds that one command at a time would take: with less to come nothing is tried."""

TRIAL = 1.0
"""Seconds, or ten round trips, for the answers to a trial."""


class Pipelining:
    """The decision for one session, and what is learned in it."""

    def __init__(self, client: Client, profile: ServerProfile, *, advertised: bool) -> None:
        self._client, self.profile = client, profile
        self._address, wanted = client.server.address, client.options.pipelining
        self._open = False
        """Nobody knows yet: a trial may tell."""
        if wanted == "on":
            self._say("on, as the user set it")
            client.allow_pipelining()
        elif wanted == "auto":
            client.on_pipelining_failed = self._failed
            client.on_stall = lambda: profile.note_stall(self._address)
            known = profile.known(ServerFact.PIPELINING, self._address)
            self._open = known is None
            if known is not False and (advertised or known):
                self._say("on: the server " + ("announces it" if advertised else "took it before"))
                self._go(WINDOW if advertised else TRIED)
            elif known is False:
                self._say("off: this server lost commands before")
            else:
                self._say("off for now: not announced, to be tried if enough is to come")
        else:
            self._say("off, as the user set it")

    def advertised(self) -> None:
        """The server says so after the login only."""
        if self._open:
            self._say("on: the server announces it after the login")
            self._go(WINDOW)

    async def expect(self, commands: int) -> None:
        """So many are to come: find out about flights if that is worth a round trip.

        Raises PipeliningError where the trial cost the session; the next one goes without.
        """
        if self._open and commands * self._client.round_trip > WORTH:
            await self._try()

    async def _try(self) -> None:
        client = self._client
        client.pipeline((2, 2, 2))
        answers = asyncio.gather(client.submit(Noop()), client.submit(Noop()))
        try:
            async with asyncio.timeout(max(TRIAL, 10 * client.round_trip)):
                replies = await answers
        except TimeoutError:
            client.fail(lost_step(client.server))
            raise client.error or lost_step(client.server) from None
        works = all(reply.ok for reply in replies)
        self.profile.learn(ServerFact.PIPELINING, self._address, works)
        self._say("on: the trial succeeded" if works else "off: the trial was refused")
        self._go(TRIED) if works else self._stay()

    def _go(self, window: tuple[int, int, int]) -> None:
        self._open = False
        self._client.pipeline(window)

    def _stay(self) -> None:
        self._open = False
        self._client.pipeline((1, 1, 1), fenced=False)

    def _say(self, decision: str) -> None:
        logger.info("pipelining with %s is %s", self._address, decision)

    def _failed(self) -> None:
        self._say("off from now on: commands were lost")
        self.profile.learn(ServerFact.PIPELINING, self._address, False)
