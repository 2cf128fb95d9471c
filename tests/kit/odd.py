"""A working POP3 server with named deviations."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial

from poptui.demo.login import DemoAccount
from poptui.demo.session import DemoService, DemoSession, DemoState
from poptui.demo.stored_mailbox import DemoSessionView, StoredMailbox, StoredMessage
from tests.kit.burst_defects import BURST_DEFECTS, Answer, BurstDefect
from tests.kit.listener import Listener, hold, received
from tests.kit.oddities import COMMAND_FAULTS, LOGIN_REFUSALS, REPLIES, REQUESTS, Change, Oddity

ENDLESS = {"endless": b"9999999 filler\r\n" * 512, "endless-line": b"x" * 8192}
TIMESTAMP = b"<1896.697170952@odd.example>"


class OddServer(Listener):
    """Serves ``messages``; ``oddities`` are names of ``tests.kit.oddities``.

    Otherwise it behaves like the demo server, whose session it uses, and which is tested with
    poplib. ``stls`` is a context for STLS, ``tls`` one for TLS from the first byte.
    """

    def __init__(
        self,
        messages: Sequence[bytes],
        oddities: Iterable[str] = (),
        *,
        uids: Sequence[str] | None = None,
        user: str = "user",
        password: str = "secret",
        tls: ssl.SSLContext | None = None,
        stls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(tls=tls)
        names = uids or [f"uid-{number:04}" for number in range(1, len(messages) + 1)]
        self._odd: dict[str, Oddity] = {}
        self.become(*oddities)
        self._mailbox = OddMailbox(map(StoredMessage, names, messages), self._odd)
        self._user = user
        self.change_password(password)
        self._stls = stls
        self._logins = 0
        self._times: Counter[str] = Counter()
        self._spent: Counter[str] = Counter()
        """Number of commands in the current session, by keyword; ``""`` counts all."""
        self._began = 0.0

    def change_password(self, password: str) -> None:
        """Accept only this password from now on."""
        self._service = DemoService(self._mailbox, DemoAccount(self._user, password))

    def become(self, *oddities: str) -> None:
        """Replace the oddities."""
        parsed = [Oddity.parse(text) for text in oddities]
        self._odd.clear()
        self._odd.update((odd.name, odd) for odd in parsed)

    @property
    def odd(self) -> list[str]:
        """The names of its current oddities."""
        return list(self._odd)

    @property
    def messages(self) -> list[StoredMessage]:
        """The remaining messages; only QUIT removes any."""
        return self._mailbox.messages

    @property
    def uids(self) -> list[str]:
        """The UIDs of the remaining messages."""
        return [message.uid for message in self.messages]

    @property
    def held(self) -> set[int]:
        """The message numbers that the present session has marked as deleted."""
        return self._mailbox.held

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = DemoSession(self._service, TIMESTAMP)
        self._spent.clear()
        try:
            plain = "no-timestamp" in self._odd
            writer.write(b"+OK ready\r\n" if plain else session.greeting)
            while session.state is not DemoState.ENDED:
                defect = next(
                    (BURST_DEFECTS[name] for name in self._odd if name in BURST_DEFECTS), None
                )
                if defect is not None:
                    if not await self._answer_packet(defect, session, reader, writer):
                        return
                elif not await self._exchange(session, await received(reader), reader, writer):
                    return
        finally:
            session.close()

    async def _answer_packet(
        self,
        defect: BurstDefect,
        session: DemoSession,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Answer the lines of one read; return False to close the connection."""
        packet = await received(reader)
        if reader.at_eof() or session.state is not DemoState.TRANSACTION:
            lines = [packet]
        else:
            lines = [packet, *await _rest_of_packet(reader)]
        replies = (defect if len(lines) > 1 else _each)(lines, partial(self._answer_line, session))
        writer.write(b"".join(replies))
        await writer.drain()
        return bool(replies)

    def _answer_line(self, session: DemoSession, line: bytes) -> bytes:
        return self._reply(session, line.partition(b" ")[0].decode("latin-1").lower(), line)

    async def _exchange(
        self,
        session: DemoSession,
        line: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Answer one line; return False to close the connection."""
        keyword = line.partition(b" ")[0].decode("latin-1").lower()
        if session.state is DemoState.TRANSACTION:
            if self._ends_session(keyword, line):
                return False
            if keyword == "dele" and self._hits("dele-answered-blank", line):
                writer.write(b"\r\n")
                return True
        fault = self._command_fault(keyword)
        clear = writer.get_extra_info("ssl_object") is None
        if keyword == "stls" and self._stls is not None and clear and not fault:
            await self._begin_tls(writer, self._stls)
            return True
        if fault == "hangs-up":
            return False
        reply = b"" if fault == "hangs" else self._reply(session, keyword, line)
        if keyword == "capa" and self._stls is not None and clear:
            reply = reply.replace(b".\r\n", b"STLS\r\n.\r\n")
        return await self._deliver(reply, fault, reader, writer)

    def _ends_session(self, keyword: str, line: bytes) -> bool:
        """Whether the server hangs up instead of answering, because a limit of the session is
        reached."""
        now = asyncio.get_running_loop().time()
        if not self._spent:
            self._began = now
        self._spent.update(("", keyword))
        limits = (
            ("session-commands", self._spent[""]),
            ("session-deles", self._spent["dele"]),
            ("session-ms", int((now - self._began) * 1000)),
        )
        over = any(name in self._odd and spent > self._odd[name].number for name, spent in limits)
        return over or (keyword == "dele" and self._hits("dele-kills", line))

    def _hits(self, name: str, line: bytes) -> bool:
        """Whether the command is about the message whose UID ends with the oddity's number."""
        odd, number = self._odd.get(name), line.partition(b" ")[2]
        if odd is None or not number.isdigit():
            return False
        return self._mailbox.uid_of(int(number)) == f"uid-{odd.number:04}"

    async def _deliver(
        self,
        reply: bytes,
        fault: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        if fault in ENDLESS:
            await _endless(reply.removesuffix(b".\r\n"), ENDLESS[fault], writer)
        elif fault in ("trickles", "in-pieces"):
            await _piecemeal(reply if fault == "in-pieces" else reply[:-1], writer)
        else:
            writer.write(reply[: len(reply) // 2] if fault == "cut" else reply)
            await writer.drain()
        if fault in ("hangs", "trickles", "silent"):
            await hold(reader, writer)
        bad_password = reply.startswith(b"-ERR [AUTH]")
        hangs_up = bad_password and "hang-up-on-bad-password" in self._odd
        return fault != "cut" and not hangs_up

    async def _begin_tls(self, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        injected = b"+OK injected\r\n" if "stls-injection" in self._odd else b""
        writer.write(b"+OK Begin TLS\r\n" + injected)
        await writer.start_tls(context)

    def _command_fault(self, keyword: str) -> str:
        if keyword == "quit" and "quit-silent" in self._odd:
            return "silent"
        return next(filter(lambda fault: self._is_due(keyword, fault), COMMAND_FAULTS.split()), "")

    def _is_due(self, keyword: str, fault: str) -> bool:
        odd = self._odd.get(f"{keyword}-{fault}")
        if odd is None or fault == "refused":
            return False
        self._times[odd.name] += 1
        return not odd.number or self._times[odd.name] <= odd.number

    def _reply(self, session: DemoSession, keyword: str, line: bytes) -> bytes:
        refusal = self._refusal(keyword, line)
        if refusal:
            return refusal
        request = _changed(REQUESTS, self._odd, keyword, line) if b" " in line else line
        reply = session.answer(request)
        if keyword == "retr" or (keyword == "top" and "top-counts" in self._odd):
            self._mailbox.note_download(line, reply)
        if keyword == "quit":
            return self._reply_to_quit(reply)
        return _changed(REPLIES, self._odd, keyword, reply)

    def _reply_to_quit(self, reply: bytes) -> bytes:
        if "quit-err" in self._odd:
            return b"-ERR some deleted messages not removed\r\n"
        return b"" if self._odd.keys() & {"quit-eof", "quit-silent"} else reply

    def _refusal(self, keyword: str, line: bytes) -> bytes:
        if keyword in ("pass", "apop", "auth"):
            return self._login_refusal(line)
        if f"no-{keyword}" in self._odd:
            return b"-ERR Unknown command\r\n"
        odd = self._odd.get(f"{keyword}-refused")
        if odd is None or (odd.number and line.split(b" ")[1:2] != [b"%d" % odd.number]):
            return b""
        return b"-ERR [SYS/PERM] not this one\r\n"

    def _login_refusal(self, line: bytes) -> bytes:
        self._logins += 1
        initial_response = line[:5].upper() == b"AUTH " and line.count(b" ") > 1
        if "long-auth-refused" in self._odd and initial_response:
            return b"-ERR Protocol error\r\n"
        limit = self._odd.get("login-limit")
        if limit is not None and self._logins > limit.number:
            return LOGIN_REFUSALS["login-delayed"]
        for name, refusal in LOGIN_REFUSALS.items():
            odd = self._odd.get(name)
            if odd is not None and (not odd.number or self._logins <= odd.number):
                return refusal
        return b""


class OddMailbox(StoredMailbox):
    """A mailbox that may keep deleted messages, lose downloaded ones, or change UIDs."""

    def __init__(self, messages: Iterable[StoredMessage], odd: dict[str, Oddity]) -> None:
        super().__init__(messages)
        self._odd = odd
        self._sessions = 0
        self._downloaded: set[int] = set()

    def note_download(self, line: bytes, reply: bytes) -> None:
        """Record that the present session downloaded a message."""
        if reply.startswith(b"+OK"):
            self._downloaded.add(int(line.split(b" ")[1]))

    def uid_of(self, number: int) -> str:
        """Return the UID of a message of the present session; empty if there is none."""
        message = self._view.find(number) if self._view else None
        return message.uid if message else ""

    def lock(self) -> DemoSessionView | None:
        self._sessions += 1
        if "sizes-change" in self._odd:
            status = b"X-Status: %s\r\n" % (b"O" * self._sessions)
            self.messages[:] = [
                StoredMessage(message.uid, status + _without_status(message.data))
                for message in self.messages
            ]
        self._downloaded.clear()
        if "uids-change" in self._odd:
            self.messages[:] = [
                StoredMessage(f"{self._sessions}-{message.uid}", message.data)
                for message in self.messages
            ]
        if "no-lock" in self._odd:
            self._view = None
        return super().lock()

    @property
    def held(self) -> set[int]:
        """The message numbers that the present session has marked as deleted."""
        return set(self._view.deleted) if self._view else set()

    def unlock(self, view: DemoSessionView, *, update: bool) -> None:
        if "quit-ok-removes-nothing" in self._odd:
            view.deleted.clear()
        if "quit-removes-next" in self._odd:
            view.deleted = {min(number + 1, len(view.messages)) for number in view.deleted}
        if "quit-err" in self._odd and view.deleted:
            view.deleted.remove(max(view.deleted))
        if "downloads-go" in self._odd:
            view.deleted |= self._downloaded
        if "no-lock" in self._odd:
            self._view = view
        late = self._odd.get("expunges-late")
        if late is not None and update and view is self._view:
            loop = asyncio.get_running_loop()
            loop.call_later(late.number / 10, self._expunge, set(view.deleted), view)
            view.deleted.clear()
        super().unlock(view, update=update)

    def _expunge(self, numbers: set[int], view: DemoSessionView) -> None:
        gone = {id(view.messages[number - 1]) for number in numbers}
        self.messages[:] = [message for message in self.messages if id(message) not in gone]


def _without_status(data: bytes) -> bytes:
    first, _, rest = data.partition(b"\r\n")
    return rest if first.startswith(b"X-Status:") else data


def _changed(
    table: dict[str, tuple[str, Change]], odd: dict[str, Oddity], keyword: str, octets: bytes
) -> bytes:
    for name, (keywords, change) in table.items():
        if name in odd and (not keywords or keyword in keywords.split()):
            octets = change(octets, odd[name].number)
    return octets


def _each(lines: list[bytes], answer: Answer) -> list[bytes]:
    return [answer(line) for line in lines]


async def _rest_of_packet(reader: asyncio.StreamReader) -> list[bytes]:
    """Return the complete lines that have already arrived."""
    lines = []
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.002):
                lines.append(await received(reader))
    return lines


async def _endless(reply: bytes, filler: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(reply)
    while True:
        writer.write(filler)
        await writer.drain()
        await asyncio.sleep(0)


async def _piecemeal(reply: bytes, writer: asyncio.StreamWriter) -> None:
    for at in range(len(reply)):
        writer.write(reply[at : at + 1])
        await writer.drain()
        await asyncio.sleep(0)
