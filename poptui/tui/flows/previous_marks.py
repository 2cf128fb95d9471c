"""Tell what became of the marks of an earlier run, and ask about those that are still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poptui.mailbox.wording import amount
from poptui.tui.screens.previous_marks import FORGET, MARK_AGAIN, earlier_screen, gone_screen

if TYPE_CHECKING:
    from poptui.tui.app import PoptuiApp


async def ask_about_earlier_marks(app: PoptuiApp) -> None:
    """Show what is offered, and do as the user says."""
    earlier = app.mailbox.earlier
    if earlier.offer is None:
        return
    if (gone := gone_screen(earlier.offer)) is not None:
        await app.push_screen_wait(gone)
    if not earlier.offer.open:
        earlier.forget()
        return
    choice = await app.push_screen_wait(earlier_screen(earlier.offer))
    if choice == MARK_AGAIN:
        earlier.keep()
        marked = app.mailbox.marked()
        app.say(f"Marked again: {amount(marked)}." if marked else "Nothing is marked.")
    elif choice == FORGET:
        earlier.forget()
        app.say("The marks of the earlier run are forgotten.")
    else:
        earlier.later()
