"""Sets up an account: the same steps as ``poptui account add``, one question at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, ClassVar, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, Static
from textual.worker import Worker

from poptui.accounts.setup import AccountSetup
from poptui.accounts.setup_dialog import SetupOptions, SetupResult, StoppedError
from poptui.errors import PoptuiError, internal_error, quoted
from poptui.printable import printable
from poptui.storage.config import Config, load_config
from poptui.storage.settings import Settings
from poptui.text.format import fit
from poptui.tui.host import Host
from poptui.tui.painting.app import PaintedApp
from poptui.tui.screens.dialog import Dialog, DialogBox, KeyHint, TextPane
from poptui.tui.widgets.pick_list import PickList

logger = logging.getLogger(__name__)

T = TypeVar("T")

OTHER_LINES = 8
"""Number of lines for everything but the sentences, if the question has no choices."""
MAX_CHARACTERS = 1000
"""The longest answer that can be typed."""
ASKING = "Enter  Next   Esc  Stop"
CHOOSING = "Enter  Choose   Esc  Stop"
BUSY = "Esc  Stop"


class _GrantHost:
    """Shows the dialogs of an authorization above ``AccountScreen``, in whichever app it is."""

    def __init__(self, screen: Screen[Any], settings: Settings) -> None:
        self.settings = settings
        self._app = cast("PaintedApp[object]", screen.app)

    def write_control(self, sequence: str) -> None:
        self._app.write_control(sequence)

    def background(self, work: Coroutine[Any, Any, None], *, group: str) -> Worker[None]:
        return self._app.run_worker(work, group=group, exit_on_error=False)

    async def dialog(self, screen: Screen[T]) -> T | None:
        return await self._app.push_screen_wait(screen)


class AccountScreen(Dialog[SetupResult | None]):
    """Asks for the facts of a new account; dismissed with the account, or None if stopped.

    An account that signs in with OAuth is authorized too, unless the user puts that off.

    It implements ``SetupDialog`` for ``AccountSetup``, which knows the steps.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", show=False),
    ]
    DEFAULT_CSS = """
    AccountScreen #box { max-width: 80; }
    AccountScreen TextPane { height: auto; }
    AccountScreen #asked { height: auto; text-style: bold; margin-top: 1; }
    AccountScreen Input { border: none; height: 1; padding: 0; background: $panel; }
    AccountScreen #hint { margin-top: 1; }
    """

    def __init__(self, config: Config, options: SetupOptions | None = None) -> None:
        super().__init__()
        self._setup = AccountSetup(options or SetupOptions(), config, self)
        self._sentences: list[str] = []
        self._answer: asyncio.Future[str] | None = None
        self._work: asyncio.Task[Any] | None = None
        self._choices: list[str] = []
        self._field = Input(compact=True, select_on_focus=False, max_length=MAX_CHARACTERS)
        self._list = PickList(0, lambda number, cells: fit(self._choices[number], cells))

    def compose(self) -> ComposeResult:
        """The sentences so far, the question, the field or list for the answer, the keys."""
        with DialogBox("Add an account"):
            with TextPane() as pane:
                pane.can_focus = pane.display = False
                yield Static("", markup=False, id="text")
            yield Static("", markup=False, id="asked")
            self._field.cursor_blink = False
            yield self._field
            yield self._list
            yield KeyHint(BUSY)

    def on_mount(self) -> None:
        """Begin."""
        self._show_question("", BUSY)
        self.run_worker(self._run(), exit_on_error=False)

    def on_resize(self, event: events.Resize) -> None:
        """Leave room for the question."""
        self._make_room(event.size.height)

    async def _run(self) -> None:
        try:
            result = await self._setup.run()
        except StoppedError:
            self.dismiss(None)
        except PoptuiError as error:
            await self._end(" ".join(error.sentences))
        except Exception as error:
            logger.exception("setting up an account failed")
            await self._end(internal_error(error))
        else:
            authorized = result.needs_authorization and await self._authorize(result.name)
            needs = result.needs_authorization and not authorized
            self.dismiss(result._replace(needs_authorization=needs))

    async def _authorize(self, name: str) -> bool:
        """Let the user sign in with the browser now; return whether that succeeded."""
        # Loaded now: few accounts sign in with OAuth.
        from poptui.tui.flows.authorizing import run_grant

        question = "Sign in with the browser now?"
        while True:
            try:
                if await self.choose(question, ["Yes", "Later, when the account is opened"]):
                    return False
                self._show_question("", BUSY)
                settings = load_config().for_target(name)
                if await run_grant(_GrantHost(self, settings), settings):
                    return True
            except StoppedError:
                return False
            except PoptuiError as error:
                self.inform(" ".join(error.sentences))
            except Exception as error:  # the account is saved: the screen must not stay for good
                logger.exception("authorizing an account failed")
                self.inform(internal_error(error))
            question = "Try to sign in again?"

    async def _end(self, sentence: str) -> None:
        """Show how the setup ended until the user presses a key."""
        self.inform(sentence)
        with suppress(StoppedError):
            await self.choose("Nothing was saved.", ["Close"])
        self.dismiss(None)

    # --- SetupDialog

    def inform(self, text: str) -> None:
        """Show a sentence below the earlier ones."""
        self._sentences.append(printable(text))
        self.query_one("#text", Static).update("\n".join(self._sentences))
        self.query_one(TextPane).display = True
        self._make_room(self.size.height)

    def progress(self, text: str) -> None:
        """Show the current step, like a sentence."""
        self.inform(text)

    async def ask(self, question: str, default: str = "") -> str:
        """Ask for a text. Raises StoppedError."""
        return await self._ask_in(self._field, question, value=default) or default

    async def ask_hidden(self, question: str) -> str:
        """Ask for a text that is not shown. Raises StoppedError."""
        self._field.password = True
        try:
            return await self._ask_in(self._field, question)
        finally:
            self._field.password = False

    async def ask_yes(self, question: str) -> bool:
        """Ask for yes or no."""
        return await self.choose(question, ["No", "Yes"]) == 1

    async def choose(self, question: str, options: Sequence[str]) -> int:
        """Show a list to choose from. Raises StoppedError."""
        self._choices = [printable(option) for option in options]
        self._list.styles.height = len(self._choices)
        self._list.show(len(self._choices))
        await self._ask_in(self._list, question, CHOOSING)
        return self._list.cursor

    async def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` until it is done or Esc is pressed. Raises StoppedError."""
        self._show_question("", BUSY)
        task = asyncio.ensure_future(work)
        self._work = task
        try:
            return await task
        except asyncio.CancelledError:
            task.cancel()
            if self._work is None:
                raise StoppedError from None
            raise
        finally:
            self._work = None

    # --- asking

    async def _ask_in(
        self, widget: Input | PickList, question: str, keys: str = ASKING, *, value: str = ""
    ) -> str:
        self._answer = asyncio.get_running_loop().create_future()
        self._field.value = value
        self._field.cursor_position = len(value)
        self._show_question(question, keys, widget)
        self.set_focus(widget)
        try:
            return await self._answer
        finally:
            self._answer = None
            self._field.value = ""
            self._show_question("", BUSY)

    def _show_question(
        self, question: str, keys: str, widget: Input | PickList | None = None
    ) -> None:
        self.query_one("#asked", Static).update(printable(question))
        self.query_one(KeyHint).offer(keys)
        for field in (self._field, self._list):
            field.display = field is widget
        self._make_room(self.size.height)

    def _make_room(self, height: int) -> None:
        rows = len(self._choices) if self._list.display else 0
        for pane in self.query(TextPane):
            pane.styles.max_height = max(1, height - OTHER_LINES - rows)
            pane.anchor()  # the last sentence is the reason for the question

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        self._settle(event.value)

    @on(PickList.Chosen)
    def _chosen(self) -> None:
        self._settle("")

    def _settle(self, answer: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def action_stop(self) -> None:
        """Esc: stop the setup; nothing was saved."""
        if self._work is not None:
            work, self._work = self._work, None
            work.cancel()
        elif self._answer is not None and not self._answer.done():
            self._answer.set_exception(StoppedError())


async def add_account(host: Host) -> None:
    """Set up an account and say how to open it. Marks stay as they are."""
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
