"""The sample letters: what a maildrop looks like after three weeks, spam and traps included."""

from __future__ import annotations

from datetime import datetime

from poptui.demo.messages import (
    business,
    colleagues,
    enclosures,
    hostile,
    languages,
    newsletters,
    spam,
)
from poptui.demo.messages.mime import letter
from poptui.demo.stored_mailbox import StoredMessage


def sample_messages(now: datetime | None = None) -> list[StoredMessage]:
    """The letters in order of arrival; given the same aware ``now``, the same octets."""
    moment = now or datetime.now().astimezone()
    drafts = [
        *colleagues.drafts(),
        *languages.drafts(),
        *newsletters.drafts(),
        *business.drafts(moment),
        *enclosures.drafts(moment),
        *spam.drafts(),
        *hostile.drafts(),
    ]
    drafts.sort(key=lambda draft: draft.age, reverse=True)
    return [letter(draft, moment) for draft in drafts]
