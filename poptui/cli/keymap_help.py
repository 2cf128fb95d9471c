"""``poptui help keys`` and ``poptui help keymap NAME``: list the keys and their actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill, wrap

from poptui.cli.command import HELP_COLUMNS
from poptui.errors import UsageError, quoted_input
from poptui.storage.config import load_config
from poptui.storage.setting_kinds import nearest
from poptui.triage.policy.saved_filters import MAX_SAVED_FILTERS
from poptui.tui.actions.action import Action
from poptui.tui.actions.keymaps import ABOUT, DEFAULT, Keymap, keymap_of
from poptui.tui.actions.registry import groups

_KEY_CELLS, _ID_CELLS = 19, 17

REMAPPING = """\
Choose a keymap in config.toml, and change keys under [keys], by the names of
the actions in the second column:

  keymap = "vim"

  [keys]
  mark = ["d", "x"]       # instead of its other keys
  discard = []            # no key; it stays in the palette
  top = ["g g"]           # one key after the other; Esc cancels

A key is a character, or one of Enter, Space, Tab, Shift+Tab, Backspace, Del,
Ins, Home, End, PgUp, PgDn, Up, Down, Left, Right, F1 to F24, or one with ctrl+
or alt+. After the first key of a sequence ("g g") poptui waits for the next;
Esc cancels. Esc and ctrl+c always go back or quit. Dialogs have keys of their
own, which they show. Clashes, unknown actions and unknown keys are all reported
with their line.
"""


def keymap_topic(words: Sequence[str]) -> str:
    """Return the help on ``keys`` or on ``keymap NAME``. Raises UsageError."""
    topic, *names = words
    if topic == "keys" and not names:
        return _overview()
    if topic == "keymap" and not names:
        return "Keymaps:\n\n" + "".join(_keymaps())
    name = names[0]
    if name not in ABOUT:
        raise UsageError(
            f"There is no keymap {quoted_input(name)}{nearest(name, ABOUT)}."
            f" The keymaps are {', '.join(ABOUT)}."
        )
    title = fill(f"The keymap {name}: {ABOUT[name]}.", HELP_COLUMNS)
    return f"{title}\n\n" + "".join(_rows(Keymap(name)))


def _overview() -> str:
    """Return the user's present keys, the keymaps, and the text on changing keys."""
    settings = load_config().settings
    keymap = keymap_of(settings)
    changed = ", with your changes" if settings.keys else ""
    return "".join(
        (
            f"Your keys (keymap {keymap.name}{changed}):\n\n",
            *_rows(keymap),
            "\nKeymaps ('poptui help keymap NAME' shows one):\n\n",
            *_keymaps(),
            f"\n{REMAPPING}",
        )
    )


def _keymaps() -> Iterator[str]:
    for name, about in ABOUT.items():
        default = " (the default)" if name == DEFAULT else ""
        text = fill(
            f"{about}{default}",
            HELP_COLUMNS,
            initial_indent=f"  {name:8}",
            subsequent_indent=" " * 10,
        )
        yield f"{text}\n"


def rows_of(actions: Iterable[Action], keymap: Keymap) -> Iterator[tuple[str, str, str]]:
    """Yield id, keys and help of each action; the saved filters as one."""
    saved = [f"saved_{number}" for number in range(1, MAX_SAVED_FILTERS + 1)]
    usual = all(keymap.keys[id] == (id[-1],) for id in saved)
    for action in actions:
        if not usual or action.id not in saved:
            yield action.id, keymap.shown(action.id) or "–", action.help
        elif action.id == saved[0]:
            yield "saved_1 … 9", f"1–{MAX_SAVED_FILTERS}", action.help


def _rows(keymap: Keymap) -> Iterator[str]:
    """Yield the lines of each action: its keys, its id, its help."""
    indent = 2 + _KEY_CELLS + _ID_CELLS
    for number, (group, actions) in enumerate(groups().items()):
        yield f"{chr(10) if number else ''}{group.value}\n"
        for id, keys, help in rows_of(actions, keymap):
            first, *rest = wrap(help, HELP_COLUMNS - indent)
            padding = " " * max(1, _KEY_CELLS - len(keys))
            head = f"  {keys}{padding}"
            if len(keys) >= _KEY_CELLS:
                yield f"  {keys}\n"
                head = " " * (2 + _KEY_CELLS)
            yield f"{head}{id:{_ID_CELLS}}{first}\n"
            yield from (f"{' ' * indent}{line}\n" for line in rest)
