"""Looking behind the list: the protocol pane and the statistics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.reading.saving import default_folder
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.screens.protocol import History, ProtocolScreen


class InspectionController:
    """Opens the screens that show the session and the mailbox as a whole."""

    def __init__(
        self,
        mailbox: MailboxProtocol,
        panes: Panes,
        host: Host,
        quit: Callable[[], Awaitable[None]],
    ) -> None:
        """``quit`` asks what there is to ask, and leaves."""
        self._mailbox, self._panes, self._host, self._quit = mailbox, panes, host, quit
        self._history = History()

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {"protocol": self.show_protocol}

    async def show_protocol(self) -> None:
        """Show what client and server say."""
        entry = self._panes.messages.entry
        await self._host.push(
            ProtocolScreen(
                self._mailbox,
                self._host,
                self._history,
                number=entry.number if entry else None,
                save_in=default_folder(self._host.settings.save_dir),
                quit=self._quit,
            )
        )
