"""A password that the server refused: asked for again, and tried, until the user gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poptui.faults import Fault, LoginFault

if TYPE_CHECKING:
    from poptui.tui.app import PoptuiApp


async def log_in_again(app: PoptuiApp, said: str) -> None:
    """Ask, because of ``said``; what else goes wrong is told as a change of state."""
    from poptui.tui.screens.password import PasswordScreen

    maildrop = app.maildrop
    while maildrop.takes_password:
        password = await app.push_screen_wait(PasswordScreen(maildrop.title, said))
        if password is None:
            return
        try:
            await maildrop.give_password(password)
        except LoginFault as fault:
            said = str(fault)
        except Fault:
            return
        else:
            return
