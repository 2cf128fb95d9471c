"""What is fetched because the user asked for it: headers, the beginning of a message, all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing

from poptui.faults import AbsentFault, EndlessFault, PipeliningFault
from poptui.maildrop.entry import Entry
from poptui.maildrop.headers import Headers
from poptui.maildrop.letter import Letter
from poptui.maildrop.marking import Marking
from poptui.maildrop.retrieval import header_lines, retrieve
from poptui.maildrop.sessions import Sessions
from poptui.pop3.commands import Peek, Retr, Top
from poptui.pop3.limits import HEADER

TRIES = 4
"""Sessions that may follow where the next one does without what ended the last."""


class Fetching:
    """The maildrop's side that reads messages; a base of ``Maildrop``."""

    _sessions: Sessions
    _marking: Marking
    _headers: Headers

    async def loaded(self, entries: Iterable[Entry]) -> None:
        """Have the headers of ``entries``, where the server gives them. Raises Fault.

        A server that loses commands of a flight is asked again, one command at a time; one that
        sends no end to a header is asked for the others.
        """
        wanted = tuple(entries)
        visit = await self._sessions.online()
        await visit.loader.load(wanted)
        for _ in range(TRIES):
            if not isinstance(visit.client.fault, (PipeliningFault, EndlessFault)):
                break
            visit = await self._sessions.online()
            await visit.loader.load(wanted)
        if visit.client.fault is not None:
            raise visit.client.fault

    async def retrieve(
        self,
        entry: Entry,
        progress: Callable[[int], None] = lambda octets: None,
        *,
        begun: Callable[[Letter], None] = lambda letter: None,
    ) -> Letter:
        """The whole message (RETR); ``progress`` hears the octets so far. Raises Fault.

        ``begun`` is given the letter before its first octet, to look at what is there of it.

        Cancelling while it comes drops the connection, for POP3 cannot stop a reply; with
        ``background`` a new session follows by itself, and the marks with it.
        """
        letter = await self._fetch(entry, None, progress, begun)
        self._note_opened(entry, letter)
        return letter

    async def peek(
        self, entry: Entry, lines: int, progress: Callable[[int], None] = lambda octets: None
    ) -> Letter:
        """The header and the first ``lines`` lines (TOP), cancelled as ``retrieve``. Raises Fault.

        AbsentFault where the server has no TOP.
        """
        return await self._fetch(entry, lines, progress, lambda letter: None)

    async def _fetch(
        self,
        entry: Entry,
        lines: int | None,
        progress: Callable[[int], None],
        begun: Callable[[Letter], None],
    ) -> Letter:
        """The number of a message is known only once there is a session: it changes with each."""
        visit = await self._sessions.online()
        self._check_present(entry)
        letter = Letter(entry, progress)
        begun(letter)
        command = Retr(entry.number) if lines is None else Peek(entry.number, lines)
        try:
            with self._marking.spared(entry):
                await retrieve(visit, letter, command)
        except BaseException:
            letter.close()
            raise
        finally:
            self._sessions.come_back(visit)
        return letter

    async def header_block(self, entry: Entry) -> bytes:
        """The header as it came, by TOP, or out of the message where that is refused."""
        visit = await self._sessions.online()
        self._check_present(entry)
        reply = await visit.client.execute(Top(entry.number))
        if reply.ok:
            return header_lines(reply.body)
        with closing(await self.retrieve(entry)) as letter:
            return header_lines(letter.open().read(HEADER))

    def _check_present(self, entry: Entry) -> None:
        if not self._marking.present([entry]):
            raise AbsentFault("This message is no longer on the server.")

    def _note_opened(self, entry: Entry, letter: Letter) -> None:
        entry.opened = True
        self._headers.opened(entry, header_lines(letter.open().read(HEADER)))
