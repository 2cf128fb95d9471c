"""Set up another account while a mailbox is open."""

from __future__ import annotations

from poptui.errors import PoptuiError, quoted
from poptui.storage.config import load_config
from poptui.tui.host import Host


async def add_account(host: Host) -> None:
    """Show the screen that sets up an account; say how to open it. Marks stay as they are."""
    # Loaded now: few sessions need it.
    from poptui.tui.screens.account import AccountScreen

    try:
        config = load_config()
    except PoptuiError as error:
        host.say(" ".join(error.sentences), is_error=True)
        return
    saved = await host.dialog(AccountScreen(config))
    if saved is None:
        host.say("No account was added.")
    elif saved.needs_authorization:
        host.say(f"Saved {quoted(saved.name)}. When you open it, poptui asks you to sign in.")
    else:
        host.say(f"Saved {quoted(saved.name)}. The list of accounts opens it.")
