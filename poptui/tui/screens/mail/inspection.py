"""Opens the protocol pane and the statistics.

Both are imported when they are first shown, as most runs show neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.reading.saving import default_folder
from poptui.tui.screens.mail.list_controller import ListController
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.screens.mail.session import SessionController

if TYPE_CHECKING:
    from poptui.tui.screens.protocol import CommandHistory


class InspectionController:
    """Opens the protocol pane and the statistics."""

    def __init__(
        self,
        mailbox: MailboxProtocol,
        panes: Panes,
        host: Host,
        message_list: ListController,
        session: SessionController,
    ) -> None:
        self._mailbox, self._panes, self._host = mailbox, panes, host
        self._list, self._session = message_list, session
        self._history: CommandHistory | None = None
        """The commands that were typed in this run."""

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {"protocol": self.show_protocol, "statistics": self.show_statistics}

    async def show_statistics(self) -> None:
        """Show statistics of the messages in the list."""
        await self._list.arranged()
        await self._host.dialogs.run_dialog(self._show_statistics)

    async def _show_statistics(self) -> None:
        from poptui.triage.statistics import combined
        from poptui.tui.screens.statistics import StatisticsScreen

        spec = self._list.view.spec
        shown = spec.filter.text if spec.filter else ""
        screen = StatisticsScreen(self._mailbox, self._host, tuple(self._list.view.entries), shown)
        if (chosen := await self._host.dialog(screen)) is not None:
            self._list.narrow_to(combined(shown, chosen))

    async def show_protocol(self) -> None:
        """Show the conversation with the server."""
        from poptui.tui.screens.protocol import CommandHistory, ProtocolScreen

        self._history = self._history or CommandHistory()
        entry = self._panes.messages.entry
        await self._host.push(
            ProtocolScreen(
                self._mailbox,
                self._host,
                self._history,
                number=entry.number if entry else None,
                save_in=default_folder(self._host.settings.save_dir),
                quit=self._session.quit,
            )
        )
