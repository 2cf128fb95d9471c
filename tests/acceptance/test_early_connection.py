"""The connection starts before the interface is loaded."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio, socket, sys, threading
from poptui.cli.interactive import on_screen
from poptui.cli.session import mailbox_at
from poptui.net.credentials import Credentials
from poptui.secret import Secret
from poptui.storage.settings import Settings

server = socket.create_server(("127.0.0.1", 0))
met = threading.Event()
threading.Thread(target=lambda: (server.accept(), met.set()), daemon=True).start()

class NoInterface(Exception):
    pass

class Gate:
    '''Lets Textual be looked for once the server has been reached, and then not be found.'''
    def find_spec(self, name, path=None, target=None):
        if name == "textual":
            print("connected" if met.wait(60) else "not connected")
            raise NoInterface

sys.meta_path.insert(0, Gate())
settings = Settings(url=f"pop://me@127.0.0.1:{server.getsockname()[1]}")
mailbox = mailbox_at(settings, Credentials(Secret("x")), background=True)
try:
    asyncio.run(on_screen(mailbox, settings))
except NoInterface:
    print("interface loading")
"""


def test_the_server_is_reached_before_textual_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines() == ["connected", "interface loading"], done.stderr
