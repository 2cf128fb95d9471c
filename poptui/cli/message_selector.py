"""Choose the messages a batch command acts on: one by its name, or many by a filter."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from poptui.cli.session import mailbox_of, print_notice, session_scope
from poptui.cli.streams import note, say
from poptui.errors import ExitCode, NotFoundError, UsageError, quoted, quoted_input
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.changes import Change, Loaded
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.scorer import Scorer
from poptui.storage.settings import Settings
from poptui.threads import run_detached

if TYPE_CHECKING:
    from poptui.triage.filters.filter import Filter

MAX_SELECTIONS = 4
"""Maximum number of selections if sessions are lost meanwhile."""

Which = str | int
"""A UID, a number, or 0 for the latest message."""


def add_which(parser: ArgumentParser) -> None:
    """Add WHICH, for ``parse_which``."""
    parser.add_argument("which", metavar="WHICH", help="a number, uid:UID, or latest")


def parse_which(text: str) -> Which:
    """Parse WHICH. Raises UsageError if it cannot name a message."""
    if text == "latest":
        return 0
    if text.startswith("uid:") and len(text) > 4:
        return text[4:]
    if text.isascii() and text.isdigit() and 0 < int(text[:10]) < 2**31:
        return int(text[:10])
    raise UsageError(f"WHICH must be a number, uid:UID or latest, not {quoted_input(text)}.")


def find_message(mailbox: Mailbox, which: Which) -> MessageEntry:
    """Return the message. Raises NotFoundError if there is none, or several share the UID."""
    entries = mailbox.listing.entries
    if not entries:
        raise NotFoundError("The mailbox is empty.")
    if which == 0:
        return entries[0]
    found = [entry for entry in entries if which in (entry.number, entry.uid)]
    if not found:
        name = f"with UID {quoted(which)}" if isinstance(which, str) else f"number {which}"
        raise NotFoundError(f"No message {name} (the mailbox has {len(entries):,}).")
    if len(found) > 1:
        numbers = ", ".join(str(entry.number) for entry in found)
        raise NotFoundError(f"Several messages share this UID. Give a number instead: {numbers}.")
    return found[0]


class MessageSelector:
    """Load headers, let the mailbox's scorer score them, and choose by a filter."""

    def __init__(self, scorer: Scorer) -> None:
        """``scorer`` must be the one that the mailbox was made with."""
        self.scorer = scorer
        self.policy = scorer.policy

    def parse_filter(self, text: str | None) -> Filter | None:
        """Parse the filter of the command line; None if there is none.

        Raises FilterError, after showing the place of the error on standard error.
        """
        if text is None:
            return None
        from poptui.triage.filters.filter import FilterError, parse

        try:
            return parse(text, scope=self.policy.scope)
        except FilterError as error:
            say(error.caret)
            raise

    async def select(self, mailbox: Mailbox, filter_: Filter | None) -> Sequence[MessageEntry]:
        """Return the messages that match ``filter_``, loading what it needs. Raises PoptuiError."""
        entries = mailbox.listing.entries
        if filter_ is None:
            return entries
        from poptui.triage.filters.tree import ALL

        mailbox.headers.want(filter_.headers | self.policy.headers)
        await _search_ahead(filter_, entries)
        needed = entries if ALL in filter_.needs else filter_.undecided(entries)
        await self.load(mailbox, needed)
        if ALL in filter_.needs:
            await self.scorer.flag_duplicates(entries)
        await _search_ahead(filter_, entries)
        return filter_.select(entries)

    async def load(self, mailbox: Mailbox, entries: Sequence[MessageEntry]) -> None:
        """Load the headers of ``entries`` and score them. Raises PoptuiError."""
        if not entries:
            return
        mailbox.headers.want(self.policy.headers)
        mailbox.listen(HeaderProgress(len(entries)))
        await mailbox.headers.load(entries)
        self.scorer.score(entry for entry in entries if entry.header is None)
        if self.policy.problem:
            raise UsageError(self.policy.problem)


async def select_from_one_listing(
    mailbox: Mailbox, select: Callable[[], Awaitable[Sequence[MessageEntry]]]
) -> list[MessageEntry]:
    """Return what ``select`` returns, without messages that are gone. Raises PoptuiError.

    If the session is lost meanwhile, messages may have other numbers in the next one, so the
    selection is made again.
    """
    for _ in range(MAX_SELECTIONS):
        listing = mailbox.listing
        entries = await select()
        if mailbox.listing is listing:
            break
    return [entry for entry in entries if mailbox.listing.find(entry.key) is entry]


@asynccontextmanager
async def selected_messages(
    options: Namespace, settings: Settings, scorer: Scorer
) -> AsyncIterator[Sequence[MessageEntry]]:
    """Connect; yield the messages that match ``options.filter``, scored. Raises PoptuiError.

    The session lasts as long as the block.
    """
    selector = MessageSelector(scorer)
    filter_ = selector.parse_filter(options.filter)
    mailbox = await mailbox_of(
        settings, stdin=options.password_stdin, background=False, scorer=scorer
    )
    await mailbox.session.connect()
    async with session_scope(mailbox):
        entries = await selector.select(mailbox, filter_)
        await selector.load(mailbox, entries)
        yield entries


def exit_code_for(entries: Sequence[MessageEntry], *, filtered: bool) -> ExitCode:
    """Return the exit code of a command that has printed ``entries``; say so if there are none."""
    sys.stdout.flush()
    if entries:
        return ExitCode.DONE
    note("No message matches." if filtered else "The mailbox is empty.")
    return ExitCode.FAILURE if filtered else ExitCode.DONE


async def _search_ahead(filter_: Filter, entries: Sequence[MessageEntry]) -> None:
    """Run slow expressions in a thread, so that Ctrl-C and the connection stay alive."""
    if filter_.slow:
        await run_detached(lambda: filter_.search_ahead(entries))


class HeaderProgress:
    """Print the mailbox's notices, and count the headers if stderr is a terminal."""

    def __init__(self, total: int) -> None:
        self._total, self._loaded = total, 0
        self._is_shown = sys.stderr.isatty()

    def __call__(self, change: Change) -> None:
        print_notice(change)
        if isinstance(change, Loaded) and self._is_shown:
            self._loaded += len(change.entries)
            done = self._loaded >= self._total
            line = "\r\x1b[K" if done else f"\rheaders {self._loaded:,}/{self._total:,}"
            note(line, end="")
