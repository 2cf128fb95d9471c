"""Actions on the session, and the ways out of the program."""

from __future__ import annotations

from poptui.tui.screens.mail.panes import MailPanes


class Session(MailPanes):
    """Keys that connect, commit, help or leave."""

    def action_refresh(self) -> None:
        """Connect anew; marks and cursor stay."""
        self.poptui.refresh_mailbox()

    async def action_commit(self) -> None:
        """Delete what is marked and stay, after a question."""
        await self.poptui.ask(self.poptui.ways_out.commit_and_stay)

    def action_discard(self) -> None:
        """Leave and delete nothing."""
        self.poptui.alone(self.poptui.ways_out.discard)

    async def action_quit(self) -> None:
        """Out, by the dialog where anything is marked."""
        await self.app.action_quit()

    def action_help(self) -> None:
        """The keys, and what they do; while a filter is typed, its language."""
        from poptui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(filters=self.prompt.open))
