"""Asks once what is to become of the marks of an earlier run; nothing becomes of them by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poptui.mailbox.wording import amount
from poptui.tui.screens.previous_marks import FORGET, MARK_AGAIN, earlier_screen

if TYPE_CHECKING:
    from poptui.tui.app import PoptuiApp


async def ask_about_earlier_marks(app: PoptuiApp) -> None:
    """Show what is offered, and do as the user says."""
    earlier = app.mailbox.earlier
    if earlier.offer is None:
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
