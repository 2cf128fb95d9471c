"""A user with safety copies: the folder, and the decision if copies are missing."""

from __future__ import annotations

from pathlib import Path

from poptui.mailbox.commit.copier import CopyStatus
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.safety_copies import CommitCallbacks, Decision, IncompleteCopies
from poptui.storage.safety_copies import SafetyCopyStore, files
from poptui.storage.unproved_copies import UnprovedCopies
from tests.mailbox.watched import Watched

AWKWARD = [
    b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n",
    b"Subject: octets\r\n\r\n\xff\xfe\x00 \x80 \x1b[2J\r\n",
    b"Subject: no body\r\n\r\n",
    b"Subject: long\r\n\r\n" + b"x" * 70_000 + b"\r\n",
    b"no header at all\r\n",
]
MARKED = {"uid-0001", "uid-0003", "uid-0004"}


class Keeper:
    """A folder of copies, and a user who decides; ``shortfalls`` are the questions."""

    def __init__(
        self,
        folder: Path,
        decision: Decision = Decision.NOTHING,
        *,
        whole: bool = True,
        limit: int = 10**7,
    ) -> None:
        self.folder, self.decision, self.whole, self.limit = folder, decision, whole, limit
        self.shortfalls: list[IncompleteCopies] = []
        self.progress: list[CopyStatus] = []
        self.callbacks = CommitCallbacks(self.progress.append, self._decide)

    def open(self) -> SafetyCopyStore:
        return SafetyCopyStore(self.folder, whole=self.whole, limit=self.limit, days=30)

    async def _decide(self, shortfall: IncompleteCopies) -> Decision:
        self.shortfalls.append(shortfall)
        return self.decision

    @property
    def copies(self) -> list[bytes]:
        return sorted(file.read_bytes() for file in files(self.folder))

    @property
    def doubted(self) -> set[str]:
        """Return the UIDs whose copies wait for proof that their messages stayed."""
        return {copy.uid for copy in UnprovedCopies(self.folder / "unproved.json").load()}

    @property
    def drafts(self) -> list[Path]:
        return list(files(self.folder, "tmp"))


def stored(messages: list[bytes]) -> list[bytes]:
    return sorted(message.replace(b"\r\n", b"\n") for message in messages)


def headers(messages: list[bytes]) -> list[bytes]:
    return stored([message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for message in messages])


def mark(watched: Watched, uids: set[str]) -> None:
    watched.mailbox.marks.mark([watched.entry(uid) for uid in uids])


async def committed(watched: Watched, keeper: Keeper, *, stay: bool = False) -> Outcome:
    return await watched.mailbox.commit.run(stay=stay, callbacks=keeper.callbacks)
