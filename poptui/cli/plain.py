"""``--plain``: work on a mailbox line by line, for screen readers and very slow connections.

Nothing is redrawn: each command prints its answer below itself. The commands are words, and
messages are named by the numbers that were printed.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from poptui.cli.command import suggestion
from poptui.cli.message_page import print_message, print_text, warn_if_incomplete
from poptui.cli.message_selector import MessageSelector
from poptui.cli.plain_questions import EndOfInputError, PlainQuestions, read_line
from poptui.cli.rows import header_of
from poptui.cli.session import print_notice
from poptui.errors import PoptuiError, UsageError, quoted_input
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.changes import Change, ConnectionState, StateChanged, Vanished
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.messages.saving import save_eml, save_parts
from poptui.mailbox.wording import amount, messages, name, names
from poptui.printable import printable_line
from poptui.text.format import clock_date, size
from poptui.triage.spam.score import explain

PAGE_MESSAGES = 10
PREVIEW_LINES = 40
SYNONYMS = {"?": "help", "open": "read", "exit": "quit", "delete": "mark"}
"""Names that other programs have for our commands."""
PROMPT = "poptui> "

_STATES = {
    Mark.REFUSED: "refused by the server",
    Mark.ELSEWHERE: "marked by another poptui",
    Mark.GONE: "deleted",
}


class _Command(NamedTuple):
    usage: str
    help: str
    run: Callable[[list[str]], Awaitable[None]]


class PlainSession:
    """Reads commands from standard input until the user quits."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._selector = MessageSelector(mailbox.scoring.scorer)
        self._filter: str | None = None
        self._page = 0
        """The number of messages of the list that were printed."""
        self._printed: dict[int, MessageEntry] = {}
        """The message of each printed number, even if the server renumbers the messages."""
        self._news: list[str] = []
        """Sentences to print before the next prompt."""
        self._questions = PlainQuestions(mailbox, self._print_rows)
        self._commands = {
            "list": _Command("list", "the first messages, newest first", self._list),
            "more": _Command("more", "the next messages; Enter alone does the same", self._more),
            "read": _Command("read N", "download and print message N", self._read),
            "preview": _Command("preview N", "print its beginning", self._preview),
            "headers": _Command("headers N", "print its full header", self._headers),
            "why": _Command("why N", "the reasons for its spam score", self._why),
            "save": _Command("save N DIR", "save it and its attachments", self._save),
            "mark": _Command("mark N...", "mark for deletion: numbers, or 3-7", self._mark),
            "unmark": _Command("unmark N...|all", "take marks off", self._unmark),
            "undo": _Command("undo", "undo the last marking", self._undo),
            "marked": _Command("marked", "list what is marked", self._marked),
            "filter": _Command(
                "filter [EXPR]", "list only what matches; alone: everything", self._set_filter
            ),
            "refresh": _Command("refresh", "look for new mail", self._refresh),
            "commit": _Command("commit", "delete what is marked, after asking", self._commit),
            "quit": _Command("quit", "leave; asks if anything is marked", self._quit),
            "help": _Command("help", "print this", self._help),
        }

    async def run(self) -> int:
        """Connect (raises PoptuiError), then carry out commands until the user quits."""
        mailbox = self._mailbox
        mailbox.listen(self._on_change)
        await mailbox.session.connect()
        entries = mailbox.listing.entries
        total = size(sum(entry.size for entry in entries))
        print(f"{printable_line(mailbox.title)}: {messages(len(entries))}, {total}.")
        if mailbox.marks.readonly:
            print("Read-only: nothing can be marked or deleted.")
        print("Type help for the commands.")
        await self._questions.ask_about_previous_marks()
        await self._run_safely(self._list, [])
        while self._questions.code is None:
            self._print_news()
            try:
                line = await read_line(PROMPT)
            except EndOfInputError:
                print()
                await self._questions.leave_at_end_of_input()
            else:
                await self._execute(line)
        return self._questions.code

    async def _execute(self, line: str) -> None:
        self._mailbox.session.touch()
        word, _, rest = line.strip().partition(" ")
        if not word:
            return await self._run_safely(self._more, [])
        if word.isdigit() and not rest:
            word, rest = "read", word
        word = SYNONYMS.get(word, word)
        found = [name for name in self._commands if name.startswith(word.lower())]
        if word.lower() in self._commands:
            found = [word.lower()]
        if len(found) != 1:
            near = suggestion(word.lower(), self._commands)
            meant = f" Did you mean {' or '.join(found)}?" if found else near
            print(f"There is no command {quoted_input(word)}.{meant} Type help for the commands.")
            return
        await self._run_safely(self._commands[found[0]].run, _words(found[0], rest))

    async def _run_safely(
        self, run: Callable[[list[str]], Awaitable[None]], words: list[str]
    ) -> None:
        """Run a command; print errors as sentences, and continue the session."""
        try:
            await run(words)
        except PoptuiError as error:
            for sentence in error.sentences:
                print(printable_line(sentence))
        finally:
            self._mailbox.listen(self._on_change)
        sys.stdout.flush()

    def _on_change(self, change: Change) -> None:
        if isinstance(change, StateChanged) and change.reason:
            waits = change.state is ConnectionState.WAITING
            self._news.append(f"{change.reason}{' poptui reconnects by itself.' if waits else ''}")
        elif isinstance(change, Vanished):
            self._news.append(
                f"No longer on the server, by another's hand: {names(change.entries)}"
            )
        else:
            print_notice(change)

    def _print_news(self) -> None:
        for sentence in self._news:
            print(printable_line(sentence))
        self._news.clear()

    # --- listing

    async def _list(self, _: list[str]) -> None:
        self._page = 0
        await self._more([])

    async def _more(self, _: list[str]) -> None:
        chosen = await self._chosen()
        page = chosen[self._page : self._page + PAGE_MESSAGES]
        if not page:
            print(self._nothing(chosen))
            return
        await self._print_rows(page)
        self._page += len(page)
        left = len(chosen) - self._page
        print(f"{left:,} more: press Enter." if left else "That was the last message.")

    def _nothing(self, chosen: Sequence[MessageEntry]) -> str:
        if chosen:
            return "There are no more messages. list starts again."
        return "No message matches the filter." if self._filter else "The mailbox is empty."

    async def _chosen(self) -> Sequence[MessageEntry]:
        return await self._selector.select(self._mailbox, self._selector.parse_filter(self._filter))

    async def _print_rows(self, entries: Sequence[MessageEntry]) -> None:
        await self._selector.load(self._mailbox, entries)
        for entry in entries:
            self._printed[entry.number] = entry
            print(self._row(entry))

    def _row(self, entry: MessageEntry) -> str:
        """Return a message as part of a sentence: the important parts first, no columns."""
        header = header_of(entry)
        subject = header.subject if entry.header else entry.problem or "no header"
        parts = [
            printable_line(header.from_.shown) or "no sender",
            printable_line(subject) or "no subject",
            clock_date(header.date, datetime.now().astimezone()).strip() or "no date",
            size(entry.size),
        ]
        if entry.score is not None and entry.score >= self._selector.policy.weights.threshold:
            parts.append(f"spam {entry.score:.1f}")
        if entry.protected:
            parts.append("protected")
        state = _STATES.get(entry.mark, "marked" if entry.marked else "")
        return ", ".join([f"{entry.number}: {state + ': ' if state else ''}{parts[0]}", *parts[1:]])

    async def _set_filter(self, words: list[str]) -> None:
        text = words[0] if words else ""
        self._selector.parse_filter(text or None)
        self._filter = text or None
        await self._list([])

    async def _refresh(self, _: list[str]) -> None:
        await self._mailbox.session.refresh()
        print(f"{messages(len(self._mailbox.listing.entries))}.")
        await self._list([])

    # --- reading

    def _one_message(self, words: Sequence[str]) -> MessageEntry:
        if len(words) < 1:
            raise UsageError("Which message? Add its number.")
        return self._numbered(words[0])[0]

    def _numbered(self, word: str) -> list[MessageEntry]:
        """Return the messages of ``7`` or ``3-7``, as printed. Raises UsageError."""
        first, dash, last = word.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and len(word) < 20):
            raise UsageError(f"{quoted_input(word)} is not the number of a message.")
        low, high = sorted((int(first), int(last) if dash else int(first)))
        found = [entry for number, entry in self._printed.items() if low <= number <= high]
        if not found:
            raise UsageError(f"Message {word} was not listed yet. List it first.")
        return found

    async def _read(self, words: list[str]) -> None:
        entry = self._one_message(words)
        with closing(await self._mailbox.messages.retrieve(entry)) as message:
            await print_message(message.open(), complete=not message.incomplete)
            sys.stdout.flush()
            warn_if_incomplete(message)

    async def _preview(self, words: list[str]) -> None:
        entry = self._one_message(words)
        with closing(await self._mailbox.messages.peek(entry, PREVIEW_LINES)) as message:
            complete = message.octets >= entry.size
            await print_message(message.open(), complete=complete)
            if not complete:
                print(f"({size(message.octets)} of {size(entry.size)}. read prints all of it.)")

    async def _headers(self, words: list[str]) -> None:
        print_text(await self._mailbox.messages.header_block(self._one_message(words)))

    async def _why(self, words: list[str]) -> None:
        entry = self._one_message(words)
        verdict = self._selector.policy.verdict(entry)
        reasons = () if verdict is None else explain(verdict, self._selector.policy.weights)
        if entry.score is not None:
            threshold = self._selector.policy.weights.threshold
            print(f"Score {entry.score:.1f}; {threshold:g} and more is spam.")
        for reason in reasons:
            print(f"{reason.weight:+.1f}: {printable_line(reason.sentence)}")
        if not reasons:
            print("Nothing speaks for or against spam.")

    async def _save(self, words: list[str]) -> None:
        entry = self._one_message(words)
        folder = _folder(words[1] if len(words) > 1 else ".")
        from poptui.mail.reader.reader import parse_message

        with closing(await self._mailbox.messages.retrieve(entry)) as message:
            saved = [save_eml(message, header_of(entry), folder)]
            parsed = await parse_message(message.open(), complete=not message.incomplete)
            parts = [part for part in parsed.attachments if part.reachable]
            saved += save_parts(message.open(), parts, folder) if parts else []
            for file in saved:
                print(f"Saved {printable_line(str(file.path))}")
                for warning in file.warnings:
                    print(f"Warning: {printable_line(warning)}")
            warn_if_incomplete(message)

    # --- marking

    async def _mark(self, words: list[str]) -> None:
        entries = [entry for word in _require_numbers(words) for entry in self._numbered(word)]
        if problem := self._mailbox.marks.mark(entries):
            print(printable_line(problem))
        self._print_marked(entries)

    async def _unmark(self, words: list[str]) -> None:
        if words == ["all"]:
            print(self._mailbox.marks.unmark_all() or "Nothing is marked any more.")
            return
        entries = [entry for word in _require_numbers(words) for entry in self._numbered(word)]
        print(printable_line(self._mailbox.marks.unmark(entries)) or "Unmarked.")
        self._print_marked(entries)

    def _print_marked(self, entries: Sequence[MessageEntry]) -> None:
        for entry in entries:
            if entry.marked:
                print(f"{entry.number} is marked: {printable_line(name(entry))}")
        print(f"Marked in all: {amount(self._mailbox.marks.marked())}.")

    async def _undo(self, _: list[str]) -> None:
        problem = self._mailbox.marks.undo()
        print(problem or f"Undone. Marked in all: {amount(self._mailbox.marks.marked())}.")

    async def _marked(self, _: list[str]) -> None:
        marked = self._mailbox.marks.marked()
        await self._print_rows(marked)
        print(f"Marked in all: {amount(marked)}.")

    async def _commit(self, _: list[str]) -> None:
        await self._questions.commit()

    async def _quit(self, _: list[str]) -> None:
        await self._questions.quit()

    async def _help(self, _: list[str]) -> None:
        for command in self._commands.values():
            print(f"{command.usage}: {command.help}")
        print("A command may be shortened, and a number alone reads that message.")


def _words(command: str, rest: str) -> list[str]:
    """Split what follows a command; a filter keeps its own quotes."""
    if command == "filter":
        return [rest.strip()] if rest.strip() else []
    try:
        return shlex.split(rest.replace(",", " ") if command != "save" else rest)
    except ValueError:
        return rest.split()


def _folder(name: str) -> Path:
    return Path(name).expanduser()


def _require_numbers(words: list[str]) -> list[str]:
    if not words:
        raise UsageError("Which messages? Add their numbers, such as 4 or 3-7.")
    return words
