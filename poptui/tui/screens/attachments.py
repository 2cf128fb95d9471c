"""The attachments of a message: their names and types; saving and opening them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from poptui.printable import printable, printable_line
from poptui.text.cells import cell_width
from poptui.text.format import count, cut, fit, size
from poptui.tui.reading.pages import part_facts
from poptui.tui.reading.saving import folder_of
from poptui.tui.screens.dialog import Dialog, DialogBox, KeyHint
from poptui.tui.widgets.pick_list import PickList
from poptui.tui.widgets.prompt import InlineQuestion

if TYPE_CHECKING:
    from poptui.mail.parsed_message import Part

HINT = "Enter  Read here   o  Open in a program   s  Save   S  Save all   Esc  Close"
_KIND_CELLS = 30
_OTHER_LINES = 12
"""Maximum number of lines that the rest of the dialog takes."""

Save = Callable[[Sequence["Part"], Path], Awaitable[str]]
"""Saves parts in a folder and returns a sentence, even if that fails."""


class AttachmentChoice(NamedTuple):
    """A part to open, in the viewer or with the user's command."""

    part: Part
    outside: bool


class AttachmentsScreen(Dialog[AttachmentChoice]):
    """Lists attachments; dismissed with the one to open, or None."""

    AUTO_FOCUS = "PickList"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,a", "close", show=False),
        Binding("s", "save", show=False),
        Binding("o", "open_outside", show=False),
        Binding("S", "save_all", show=False),
    ]
    DEFAULT_CSS = """
    AttachmentsScreen #box { max-width: 110; }
    AttachmentsScreen #facts { height: auto; max-height: 6; margin-top: 1; }
    AttachmentsScreen.-short #facts { margin-top: 0; }
    """

    def __init__(
        self, parts: Sequence[Part], folder: Path, save: Save, *, opener: str = ""
    ) -> None:
        """``opener``: the user's command for attachments."""
        super().__init__()
        self._parts, self._save, self._opener = parts, save, opener
        self.folder = folder
        """The folder where parts were saved last, which is offered next."""

    def compose(self) -> ComposeResult:
        """The list, facts about the part under the cursor, the keys."""
        octets = size(sum(part.octets for part in self._parts))
        number = len(self._parts)
        noun = "attachment" if number == 1 else "attachments"
        with DialogBox(f"{count(number)} {noun} ({octets})"):
            yield PickList(number, self._row)
            yield Static("", markup=False, id="facts")
            yield InlineQuestion()
            yield KeyHint(HINT)

    def on_resize(self, event: events.Resize) -> None:
        """Give the list the lines that are left."""
        lines = max(1, min(len(self._parts), event.size.height - _OTHER_LINES))
        self.query_one(PickList).styles.height = lines

    def _row(self, number: int, cells: int) -> str:
        part = self._parts[number]
        name, kind, octets = part_facts(part)
        sign = "! " if part.warnings else "  "
        if cells < 2 * _KIND_CELLS:
            return sign + fit(name, max(4, cells - 11)) + octets.rjust(8)
        rest = cells - _KIND_CELLS - 14
        return f"{sign}{fit(name, rest)}  {fit(kind, _KIND_CELLS)}{octets.rjust(9)}"

    @property
    def _part(self) -> Part:
        return self._parts[self.query_one(PickList).cursor]

    @on(PickList.Moved)
    def _facts(self) -> None:
        """Return all facts about the part under the cursor."""
        name, kind, octets = part_facts(self._part)
        wide = max(20, self.size.width - 8)
        lines = [cut(name, 2 * wide)] if cell_width(name) > wide // 2 else []
        lines.append(f"{kind}, {octets}")
        lines += (f"! {printable_line(warning)}" for warning in self._part.warnings)
        self.query_one("#facts", Static).update(printable("\n".join(lines)))

    @on(PickList.Chosen)
    def _open(self) -> None:
        if self._part.opens:
            self.dismiss(AttachmentChoice(self._part, outside=False))
        else:
            self._say(
                "Only messages and texts can be read here. o opens it in a program, s saves it."
            )

    def action_open_outside(self) -> None:
        """Open the part under the cursor with the user's command."""
        if not self._opener:
            self._say("Set open_attachment in config.toml, such as to xdg-open, to open it.")
        elif not self._part.reachable:
            self._say("It is encoded together with other parts and cannot be opened by itself.")
        else:
            self.dismiss(AttachmentChoice(self._part, outside=True))

    def action_save(self) -> None:
        """Save the part under the cursor."""
        self._ask([self._part])

    def action_save_all(self) -> None:
        """Save all parts."""
        self._ask(self._parts)

    def action_close(self) -> None:
        """Cancel the question for a folder; without one, go back to the message."""
        if (question := self.query_one(InlineQuestion)).open:
            question.cancel()
        else:
            self.dismiss(None)

    def _ask(self, parts: Sequence[Part]) -> None:
        self.run_worker(self._saved(parts), group="save", exclusive=True, exit_on_error=False)

    async def _saved(self, parts: Sequence[Part]) -> None:
        answer = await self.query_one(InlineQuestion).ask("Save to folder:", str(self.folder))
        if answer and answer.strip():
            self.folder = folder_of(answer)
            self._say("Saving …")
            self._say(await self._save(parts, self.folder))

    def _say(self, sentence: str) -> None:
        self.query_one(KeyHint).say(printable(sentence))
