"""Asks whether to trust a certificate that could not be verified; no is the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from poptui.net.certificate import day, grouped
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.tui.screens.dialog import DialogBox, KeyHint, LogPane, ScrollDialog
from poptui.tui.screens.result import write_wrapped

REFUSE, ONCE, SAVE = "refuse", "once", "save"

_PAIRS_CELLS = 24
"""A line of a fingerprint: eight pairs with colons."""


class CertificateScreen(ScrollDialog[str]):
    """Shows the certificate; dismissed with REFUSE, ONCE or SAVE."""

    APPEARS_BY_ITSELF = True
    # Keys that were typed for something else must not make poptui trust a server.
    MAX_TYPED_AHEAD_KEYS = 1
    AUTO_FOCUS = "LogPane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,n", "choose('refuse')", show=False),
        Binding("o", "choose('once')", show=False),
        Binding("s", "choose('save')", show=False),
    ]
    DEFAULT_CSS = """
    CertificateScreen #box { max-width: 90; height: 100%; max-height: 24; }
    CertificateScreen LogPane { margin-bottom: 1; }
    """

    def __init__(self, error: UntrustedCertificateError, account: str = "") -> None:
        """``account`` is the name of the account that a pin can be saved for, if there is one."""
        super().__init__()
        self._error, self._account = error, account

    def compose(self) -> ComposeResult:
        """The problem, the certificate, the keys."""
        save = "s  Trust it from now on   " if self._account else ""
        with DialogBox("Trust this certificate?", is_danger=True):
            yield LogPane(auto_scroll=False)
            yield KeyHint(f"{save}o  Trust it until poptui ends   Esc  Don't connect")

    @on(events.Resize)
    def write(self) -> None:
        """Write the text, wrapped to the width."""
        self.call_after_refresh(write_wrapped, self.pane, list(self._text()), "")

    def _text(self) -> Iterator[str]:
        shown = self._error.certificate
        yield self._error.problem
        yield " "
        yield f"Subject: {shown.subject}"
        yield f"For:     {shown.shown_hosts or '(no host)'}"
        yield f"Issuer:  {shown.shown_issuer}"
        yield f"Valid:   {day(shown.not_before)} to {day(shown.not_after)}"
        pairs = grouped(shown.fingerprint)
        for at in range(0, len(pairs), _PAIRS_CELLS):
            yield f"{'SHA-256:' if at == 0 else '':8} {pairs[at : at + _PAIRS_CELLS].rstrip(':')}"
        yield " "
        yield (
            "The password was not sent. Trust the certificate only if its fingerprint is the one"
            " that whoever runs the server gives you."
        )
        if self._account:
            yield f"“From now on” saves it as the pin of the account {self._account}."

    def action_choose(self, answer: str) -> None:
        """A key that answers; saving needs an account."""
        if answer != SAVE or self._account:
            self.dismiss(answer)

    @property
    def pane(self) -> LogPane:
        """The text."""
        return self.query_one(LogPane)
