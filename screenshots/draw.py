"""Draws the pictures of the README by driving the real program on its demo server.

``make screenshots`` runs it; each scene is a size, a theme and the keys that lead there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from poptui.cli.session import mailbox_at
from poptui.demo.messages import sample_messages
from poptui.demo.server import DemoServer
from poptui.mailbox.scoring.scorer import Scorer
from poptui.net.credentials import Credentials
from poptui.secret import Secret
from poptui.storage.settings import Settings
from poptui.tui.app import PoptuiApp
from poptui.tui.results import ExitResult

FOLDER = Path(__file__).parent
PATIENCE = 20.0
"""Seconds a scene may take."""

FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK JP', monospace"
"""Fonts that are installed everywhere; the export would fetch one."""

_FONT_FACE = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)
_FAMILY = re.compile(r"font-family: (Fira Code, monospace|arial)")


@dataclass(frozen=True)
class Scene:
    """One picture."""

    name: str
    keys: tuple[str, ...]
    shows: str
    """Text that is on the screen once the scene is complete."""
    size: tuple[int, int] = (100, 30)
    theme: str = "poptui-dark"


SCENES = (
    Scene("list", ("j", "j", "j", "d", "j", "j", "d", "d"), "3 marked"),
    Scene("reading", ("j", "j", "enter"), "invoice", (150, 36)),
    Scene("html", ("j", "enter"), "Links", (100, 34)),
    Scene("quit", ("j", "d", "j", "j", "d", "q"), "Cancel"),
    Scene("help", ("?",), "Esc  Close", (100, 44)),
    Scene("why", ("j", "!"), "Esc  Close", (100, 30)),
    Scene("preview", ("1", "D"), "different from the rest", (110, 34)),
    Scene("groups", ("v", "v", "j", "right"), "tidewater.example", (100, 30)),
    Scene("light", ("j", "enter"), "Links", (150, 36), "poptui-light"),
)


async def draw(scene: Scene) -> None:
    """Play the scene on a server of its own, and write its picture."""
    async with DemoServer(sample_messages()) as demo:
        settings = Settings(url=f"pop://demo@127.0.0.1:{demo.port}", theme=scene.theme)
        mailbox = mailbox_at(
            settings, Credentials(Secret("demo")), background=True, scorer=Scorer()
        )
        app = PoptuiApp(mailbox, connecting=mailbox.session.connect(), settings=settings)
        async with app.run_test(size=scene.size) as pilot:
            await _until(pilot, lambda: mailbox.listing.loaded == len(demo.messages) > 0)
            for key in scene.keys:
                await pilot.press(key)
            await _until(pilot, lambda: scene.shows in _text(app))
            picture = _own_fonts(app.export_screenshot(title="poptui demo"))
        mailbox.session.abandon()
    (FOLDER / f"{scene.name}.svg").write_text(picture, encoding="utf-8")


def _own_fonts(picture: str) -> str:
    return _FAMILY.sub(f"font-family: {FONTS}", _FONT_FACE.sub("", picture))


async def _until(pilot: Pilot[ExitResult], condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await pilot.pause(0.05)
    await pilot.pause(0.2)


def _text(app: PoptuiApp) -> str:
    return "\n".join(
        "".join(segment.text for segment in line) for line in app.screen._compositor.render_strips()
    )


async def main() -> None:
    """Draw all pictures."""
    for scene in SCENES:
        await draw(scene)
        print(f"screenshots/{scene.name}.svg")


if __name__ == "__main__":
    asyncio.run(main())
