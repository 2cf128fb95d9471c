"""Sample messages for the demo: three weeks of mail, with spam and malicious messages.

Each module holds the drafts of one kind; :mod:`~poptui.demo.messages.mime` turns a draft into the
bytes of a message. Start with :func:`sample_messages`.
"""

from __future__ import annotations

from datetime import datetime

from poptui.demo.messages import (
    business,
    colleagues,
    hostile,
    languages,
    newsletters,
    spam,
)
from poptui.demo.messages.mime import stored_message
from poptui.demo.stored_mailbox import StoredMessage


def sample_messages(now: datetime | None = None) -> list[StoredMessage]:
    """Return the messages in order of arrival; the same ``now`` gives the same bytes."""
    moment = now or datetime.now().astimezone()
    drafts = [
        *languages.drafts(),
        *newsletters.drafts(),
        *colleagues.drafts(moment),
        *business.drafts(moment),
        *spam.drafts(),
        *hostile.drafts(),
    ]
    drafts.sort(key=lambda draft: draft.age, reverse=True)
    return [stored_message(draft, moment) for draft in drafts]
