"""A password that the server refused: asked for again, and tried, until the user gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poptui.errors import LoginError, PoptuiError

if TYPE_CHECKING:
    from poptui.tui.app import PoptuiApp


async def log_in_again(app: PoptuiApp, said: str) -> None:
    """Ask, because of ``said``; what else goes wrong is told as a change of state."""
    from poptui.tui.screens.password import PasswordScreen

    mailbox = app.mailbox
    while mailbox.takes_password:
        password = await app.push_screen_wait(PasswordScreen(mailbox.title, said))
        if password is None:
            return
        try:
            await mailbox.give_password(password)
        except LoginError as fault:
            said = str(fault)
        except PoptuiError:
            return
        else:
            return
