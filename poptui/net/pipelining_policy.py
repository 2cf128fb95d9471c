"""Decide whether commands may be pipelined: by setting, announcement, profile, or trial.

Many servers that don't announce PIPELINING handle it, because they read lines from a stream. If
enough commands are to come, poptui tries it: two NOOPs in one write, which have no side effects. A
server that fails the trial, or loses pipelined commands later, gets one command at a time from then
on.
"""

from __future__ import annotations

import asyncio
import logging

from poptui.net.client import ANNOUNCED_WINDOW, Client
from poptui.net.errors import pipelining_failed
from poptui.net.server_profile import ServerFact, ServerNumber, ServerProfile
from poptui.net.window import WindowLimits
from poptui.pop3.commands import Noop

logger = logging.getLogger(__name__)

UNANNOUNCED_WINDOW = WindowLimits(8, 64, 8)
"""Maximum for servers that pipeline without announcing it: small, in case they stop."""

TRIAL_WINDOW = WindowLimits(2, 2, 2)
OFF_WINDOW = WindowLimits(1, 1, 1)

MIN_SAVING_S = 3.0
"""Without pipelining the commands must take at least this long to be worth a trial."""

MIN_HALVED_COUNT = 3
"""Minimum number of commands at once: fewer gain too little over one at a time."""

MAX_BLAMED_COUNT = 3
"""After this many hang-ups during bursts, poptui sends one command at a time."""

LOSES_COMMANDS = (
    "This server loses commands that are sent together, so poptui sends them one at a time, which"
    " takes longer."
)
HANGS_UP = (
    "This server hangs up when many commands come at once, so poptui sends fewer of them together:"
    " loading may take longer."
)
"""Shown once, whether poptui then sends half as many together, or one at a time."""

TRIAL_TIMEOUT_S = 1.0
"""Timeout for the trial's replies, or ten round trips if that is longer."""


class PipeliningPolicy:
    """The decision for one session; it stores what it learns in the server's profile."""

    def __init__(self, client: Client, profile: ServerProfile, *, advertised: bool) -> None:
        self._client, self.profile = client, profile
        self._advertised = advertised
        self._address, wanted = client.server.address, client.options.pipelining
        self._may_try = False
        if wanted == "on":
            self._log("on, as the user set it")
            client.trust_pipelining()
        elif wanted == "auto":
            client.connection.pipelining_observer = self
            known = profile.known(ServerFact.PIPELINING, self._address)
            self._may_try = known is None
            if known is not False and (advertised or known):
                self._log("on: the server " + ("announces it" if advertised else "took it before"))
                self._turn_on(ANNOUNCED_WINDOW if advertised else UNANNOUNCED_WINDOW)
            elif known is False:
                self._log("off: this server lost commands before")
            else:
                self._log("off for now: not announced, to be tried if enough is to come")
        else:
            self._log("off, as the user set it")

    def advertised(self) -> None:
        """Turn it on for a server that announces PIPELINING only after the login."""
        self._advertised = True
        if self._may_try:
            self._log("on: the server announces it after the login")
            self._turn_on(ANNOUNCED_WINDOW)

    async def expect(self, commands: int) -> None:
        """Prepare for ``commands`` commands: try pipelining if it would save enough time.

        Raises PipeliningError if the trial cost the session; the next session goes without.
        """
        if self._may_try and commands * self._client.window.round_trip_s > MIN_SAVING_S:
            await self._try()

    async def _try(self) -> None:
        client = self._client
        client.enable_pipelining(TRIAL_WINDOW)
        answers = asyncio.gather(client.submit(Noop()), client.submit(Noop()))
        try:
            async with asyncio.timeout(max(TRIAL_TIMEOUT_S, 10 * client.window.round_trip_s)):
                replies = await answers
        except TimeoutError:
            client.fail(pipelining_failed(client.server))
            raise client.error or pipelining_failed(client.server) from None
        works = all(reply.ok for reply in replies)
        self.profile.learn(ServerFact.PIPELINING, self._address, works)
        self._log("on: the trial succeeded" if works else "off: the trial was refused")
        self._turn_on(UNANNOUNCED_WINDOW) if works else self._turn_off()

    def _turn_on(self, limits: WindowLimits) -> None:
        self._may_try = False
        most = self.profile.number(ServerNumber.MOST_IN_FLIGHT, self._address) or limits.most
        self._client.enable_pipelining(WindowLimits(*(min(limit, most) for limit in limits)))

    def _turn_off(self) -> None:
        self._may_try = False
        self._client.enable_pipelining(OFF_WINDOW, verify=False)

    def _log(self, decision: str) -> None:
        logger.info("pipelining with %s is %s", self._address, decision)

    # --- what the connection reports

    def failed(self) -> None:
        """Send one command at a time from the next session on: the server loses commands."""
        self._never_again(LOSES_COMMANDS)

    def stalled(self) -> None:
        """Note that the server fell silent within a batch."""
        self.profile.note_stall(self._address)

    def _never_again(self, remark: str) -> None:
        self._log("off from now on: commands were lost")
        self.profile.learn(ServerFact.PIPELINING, self._address, False)
        self.profile.remarks[self._address] = remark

    def dropped(self, in_flight: int, untried: bool) -> bool:
        """Count a hang-up with this many commands in flight; return whether they may be the reason.

        One hang-up may be a coincidence, and so may several if the server had answered as many
        commands before. After the second hang-up poptui sends half as many together, and if that
        doesn't help, one at a time.
        """
        drops = self.profile.drops(self._address)
        drops.append((in_flight, untried))
        suspected = any(untried for _, untried in drops)
        half = min(in_flight for in_flight, _ in drops) // 2
        halved = self.profile.number(ServerNumber.MOST_IN_FLIGHT, self._address) is not None
        if untried and not self._advertised:
            self._never_again(HANGS_UP)
        elif suspected and len(drops) > 1:
            if halved or half < MIN_HALVED_COUNT:
                self._never_again(HANGS_UP)
            else:
                self._log(f"limited to {half} commands from now on")
                self.profile.learn_number(ServerNumber.MOST_IN_FLIGHT, self._address, half)
                self.profile.remarks[self._address] = HANGS_UP
        return len(drops) <= MAX_BLAMED_COUNT
