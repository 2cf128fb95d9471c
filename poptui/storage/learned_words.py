"""Store the training data of the spam filter: counts of tokens by account.

One SQLite file for all accounts, in the data folder, never sent anywhere. A message counts once; a
later, different example replaces the first. Nothing depends on the file: if anything is wrong with
it, learning is off and ``problem`` says why; a damaged file is replaced. Calls may come from any
thread, wait for one another, and block.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from poptui.environment import data_path
from poptui.storage.database import PAGE_BYTES, DatabaseFormat, write_transaction
from poptui.storage.optional_database import OptionalDatabase

if TYPE_CHECKING:
    from sqlite3 import Connection

MAX_TOKEN_COUNT = 20_000
"""Maximum number of tokens per account; the least frequent ones are dropped first."""

MAX_LESSON_COUNT = 50_000
"""Maximum number of messages per account that are remembered, the most recent ones."""

MAX_FILE_BYTES = 64 * 1024 * 1024
"""The largest size of the file, for all accounts together."""

_APPLICATION = 0x706F706C
_TABLES = """
    CREATE TABLE lesson (
        id INTEGER PRIMARY KEY, account TEXT NOT NULL, uid TEXT NOT NULL, spam INTEGER NOT NULL,
        UNIQUE (account, uid)
    );
    CREATE TABLE token (
        id INTEGER PRIMARY KEY, account TEXT NOT NULL, token TEXT NOT NULL,
        spam INTEGER NOT NULL, ham INTEGER NOT NULL, UNIQUE (account, token)
    );
    CREATE TABLE total (account TEXT PRIMARY KEY, spam INTEGER NOT NULL, ham INTEGER NOT NULL)
"""
_TAUGHT = "SELECT spam FROM lesson WHERE account = ? AND uid = ?"
_LESSON = "INSERT OR REPLACE INTO lesson (account, uid, spam) VALUES (?, ?, ?)"
_TOKEN = """
    INSERT INTO token (account, token, spam, ham) VALUES (?, ?, max(?3, 0), max(?4, 0))
    ON CONFLICT (account, token) DO UPDATE SET spam = max(spam + ?3, 0), ham = max(ham + ?4, 0)
"""
_TOTAL = """
    INSERT INTO total (account, spam, ham) VALUES (?, max(?2, 0), max(?3, 0))
    ON CONFLICT (account) DO UPDATE SET spam = max(spam + ?2, 0), ham = max(ham + ?3, 0)
"""
_LEAST_SEEN = """
    DELETE FROM token WHERE id IN (SELECT id FROM token WHERE account = ?1 ORDER BY spam + ham, id
    LIMIT max((SELECT count(*) FROM token WHERE account = ?1) - ?2, 0))
"""
_OLDEST = """
    DELETE FROM lesson WHERE id IN (SELECT id FROM lesson WHERE account = ?1 ORDER BY id
    LIMIT max((SELECT count(*) FROM lesson WHERE account = ?1) - ?2, 0))
"""
_TOTALS = "SELECT spam, ham FROM total WHERE account = ? AND typeof(spam + ham) = 'integer'"
_TOKENS = """
    SELECT token, spam, ham FROM token
    WHERE account = ? AND typeof(token) = 'text' AND typeof(spam + ham) = 'integer'
"""
_RESET = ("lesson", "token", "total")


TrainingRow = tuple[str, bool, Collection[str]]
"""One training example: the message's UID, whether it is spam, its tokens."""


class LearnedWordsFile(OptionalDatabase):
    """The counts of one account."""

    NAME = "What was learned ({})"
    RENEWED = "was damaged: poptui starts learning again."

    def __init__(self, path: Path, account: str) -> None:
        self._account = account.encode("utf-8", "replace").decode()
        super().__init__(
            path, DatabaseFormat(_APPLICATION, 1, _TABLES, MAX_FILE_BYTES // PAGE_BYTES)
        )

    def counts(self) -> tuple[int, int, dict[str, tuple[int, int]]]:
        """Return the numbers of spam and ham messages, and (spam, ham) counts by token."""
        totals, tokens = [(0, 0)], list[tuple[str, int, int]]()
        self._attempt(lambda c: totals.extend(c.execute(_TOTALS, [self._account])))
        self._attempt(lambda c: tokens.extend(c.execute(_TOKENS, [self._account])))
        return *totals[-1], {token: (spam, ham) for token, spam, ham in tokens}

    def teach(self, examples: Collection[TrainingRow]) -> None:
        """Count the tokens of ``examples``, of all of them or none."""
        if examples:
            self._attempt(partial(self._teach, examples))

    def reset(self) -> None:
        """Forget everything for this account."""
        self._attempt(self._forget)

    def _teach(self, examples: Collection[TrainingRow], connection: Connection) -> None:
        with write_transaction(connection):
            account = self._account
            for uid, is_spam, tokens in examples:
                found = connection.execute(_TAUGHT, [account, uid]).fetchone()
                if found is not None and bool(found[0]) == is_spam:
                    continue
                spam, ham = int(is_spam), int(not is_spam)
                if found is not None:
                    spam, ham = spam - ham, ham - spam
                connection.execute(_LESSON, [account, uid, is_spam])
                connection.execute(_TOTAL, [account, spam, ham])
                connection.executemany(_TOKEN, [(account, token, spam, ham) for token in tokens])
            connection.execute(_LEAST_SEEN, [account, MAX_TOKEN_COUNT])
            connection.execute(_OLDEST, [account, MAX_LESSON_COUNT])

    def _forget(self, connection: Connection) -> None:
        with write_transaction(connection):
            for table in _RESET:
                connection.execute(f"DELETE FROM {table} WHERE account = ?", [self._account])


def open_learned(account: str, *, path: Path | None = None) -> LearnedWordsFile:
    """Return the counts of an account; see :class:`LearnedWordsFile`."""
    return LearnedWordsFile(path or learned_path(), account)


def learned_path() -> Path:
    """Return the path of the file, whether or not it exists."""
    return data_path("learned.sqlite3")
