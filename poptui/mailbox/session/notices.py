"""What a server lacks or says oddly, in one line each, said once."""

from __future__ import annotations

from collections.abc import Callable

from poptui.mailbox.changes import Change, Notice
from poptui.mailbox.survey import Survey
from poptui.net.login import LoggedIn
from poptui.pop3.capabilities import AfterDownload


class OneTimeNotices:
    """Tells each notice once, however many sessions bring it up."""

    def __init__(self, changed: Callable[[Change], None]) -> None:
        self._changed = changed
        self._told: set[str] = set()

    def once(self, text: str) -> None:
        """Tell ``text``, unless it is empty or was told before."""
        if text and text not in self._told:
            self._told.add(text)
            self._changed(Notice(text))


REMOVES_DOWNLOADS = (
    "At the end of a session this server may delete every message that was opened in it (EXPIRE 0)."
    " poptui then hangs up without QUIT, and commits over a new connection, so that only what you"
    " confirm is deleted."
)


UIDS_SHIFT = (
    "This server gives the UIDs of deleted messages to others, so poptui doesn't trust them: open a"
    " message before you mark it; marks last for this connection only."
)


def remarks(session: LoggedIn, seen: Survey) -> list[str]:
    """What there is to say of this server after the first look."""
    removes = session.client.after_download is AfterDownload.REMOVED
    lacks = [] if session.capabilities.known else ["no CAPA"]
    lacks += (
        [] if seen.has_uidl or seen.remark else ["no UIDL (marks hold for this connection only)"]
    )
    sentence = f"This server has {', '.join(lacks)}." if lacks else ""
    learned = session.pipelining.profile.remarks.pop(session.client.server.address, "")
    return [sentence, learned, REMOVES_DOWNLOADS if removes else "", seen.remark]
