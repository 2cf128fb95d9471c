"""Draw the pictures of the documentation: the real program in a pseudo-terminal, as SVG.

``make screenshots`` draws all, ``make screenshots ARGS="list quit"`` those that are named. Each
scene is a command, a size, a theme, and the keys that lead there.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from poptui.storage.tour_record import TourRecord
from screenshots.svg import Frame, Row, film, picture, rows_of
from tests.kit.terminal import Terminal

FOLDER = Path(__file__).parent
DARK, LIGHT = "poptui-dark", "poptui-light"
QUIET_S = 1.0
"""Between two keys. A message that is opened first starts the process that reads it."""
LOADED = "69"
"""What the demo shows once the list is there."""


@dataclass(frozen=True)
class Scene:
    """One picture."""

    name: str
    title: str
    """What it shows, for those who don't see it."""
    keys: tuple[str, ...]
    """The keys that lead there, or texts to type."""
    shows: str
    """Text that is on the screen once the scene is complete."""
    size: tuple[int, int] = (110, 30)
    theme: str = DARK
    command: tuple[str, ...] = ("demo",)


SCENES = (
    Scene("list", "The message list", ("j", "d", "j", "d", "j"), "2 marked", (110, 24)),
    Scene("viewer", "A phishing message and its links", ("j", "enter", "G"), "Links", (110, 34)),
    Scene("why", "Why a message is spam", ("j", "!"), "Esc  Close", (110, 26)),
    Scene("quit", "The question before anything is deleted", ("j", "d", "j", "d", "q"), "Cancel"),
    Scene("statistics", "Statistics by domain", ("%", "tab", "o"), "[domain]"),
    Scene("reading", "A message beside the list", ("j", "j", "enter"), "Chandlery", (150, 34)),
    Scene("light", "The light theme", ("j", "enter"), "Dear customer", (150, 34), LIGHT),
    Scene("preview", "What D would mark", ("1", "D"), "different from the rest"),
    Scene("groups", "The list grouped by domain", ("v", "v", "j", "right"), "tidewater.example"),
    Scene("help", "The keys, which can be searched", ("?",), "Esc  Close", (110, 44)),
    Scene("palette", "The command palette", (":", "spam"), "Filter: spam"),
    Scene("protocol", "What client and server say", ("~", "home"), "CAPA"),
    Scene("start", "The welcome screen", (), "Try the demo", (100, 24), command=()),
    Scene("tour", "The tour of the first demo", ("T", "j"), "Tour 2/5", (100, 26)),
    Scene("narrow", "The list in a small terminal", ("j",), "69", (60, 18)),
)

KEYS: tuple[tuple[str, float], ...] = (
    # the key, and how long to look at what it does, in seconds
    ("j", 0.5),
    ("j", 0.8),
    ("enter", 2.5),
    ("esc", 0.8),
    ("1", 1.5),
    ("j", 0.4),
    ("j", 0.4),
    ("!", 2.5),
    ("esc", 0.6),
    ("D", 2.5),
    ("y", 1.8),
    ("q", 3.0),
    ("c", 0.0),
)
"""The session that is shown as a film: read a message, look at the spam, delete it and quit."""


def draw(scene: Scene) -> str:
    """Play the scene; return its picture."""
    with _terminal(scene.command, scene.size, scene.theme) as terminal:
        if scene.command == ("demo",):
            terminal.wait_for(LOADED)
        for key in scene.keys:
            terminal.wait_quiet(QUIET_S)
            terminal.press(key)
        terminal.wait_for(scene.shows)
        return picture(_settled(terminal), scene.title)


def record() -> str:
    """Play the session of ``KEYS``; return it as a film."""
    with _terminal(("demo",), (100, 26), DARK) as terminal:
        terminal.wait_for(LOADED)
        frames = [Frame(_settled(terminal), 1.5)]
        for key, seconds in KEYS:
            terminal.press(key)
            if seconds:
                frames.append(Frame(_settled(terminal), seconds, key))
        if code := terminal.exit_code():
            raise SystemExit(f"The recorded session ended with {code}.")
        return film(frames, "A session of poptui")


@contextmanager
def _terminal(command: tuple[str, ...], size: tuple[int, int], theme: str) -> Iterator[Terminal]:
    """poptui in a terminal, with an empty home in which the tour was shown already."""
    with tempfile.TemporaryDirectory() as home:
        config = Path(home, "config.toml")
        config.write_text(f'theme = "{theme}"\n', "utf-8")
        TourRecord(Path(home, ".state", "poptui", "tour-shown")).note()
        words = [sys.executable, "-m", "poptui", *command]
        columns, rows = size
        env: Mapping[str, str] = {"POPTUI_CONFIG": str(config)}
        with Terminal(words, home=Path(home), columns=columns, rows=rows, env=env) as terminal:
            yield terminal


def _settled(terminal: Terminal) -> tuple[Row, ...]:
    terminal.wait_quiet(0.6)
    return rows_of(terminal.emulator)


def main(names: list[str]) -> None:
    """Draw the pictures that are named, or all."""
    unknown = set(names) - {scene.name for scene in SCENES} - {"session"}
    if unknown:
        raise SystemExit(f"No such picture: {', '.join(sorted(unknown))}.")
    for scene in SCENES:
        if scene.name in names or not names:
            _write(scene.name, draw(scene))
    if "session" in names or not names:
        _write("session", record())


def _write(name: str, document: str) -> None:
    file = FOLDER / f"{name}.svg"
    file.write_text(document, encoding="utf-8")
    print(f"screenshots/{file.name}: {len(document) // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
