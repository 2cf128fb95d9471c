"""A real Secret Service: gnome-keyring on its own message bus, in a temporary home."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.dovecot import die_with_parent

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
START_LIMIT_S = 60.0

BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    {rule}
  </policy>
</busconfig>
"""
DENY = '<deny send_interface="org.freedesktop.Secret.Item"/>'
"""A bus rule that lets nobody read an entry, as in a sandbox."""


@contextmanager
def secret_service(*, locked: bool = False, denied: bool = False) -> Iterator[dict[str, str]]:
    """Yield the environment of a program that uses this Secret Service.

    ``locked``: the collection is locked, and nobody types its password. ``denied``: the bus
    refuses. Skips the test if the programs are not installed.
    """
    if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
        pytest.skip(f"needs {' and '.join(missing)} (Debian: apt install gnome-keyring dbus)")
    # Not under tmp_path: a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="poptui-bus-", dir="/tmp"))
    try:
        (folder / "bus.conf").write_text(
            BUS.format(folder=folder, rule=DENY if denied else ""), "utf-8"
        )
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(folder),
        }
        if locked:
            # Let an earlier run create the collection.
            with _bus(folder, environment) as address:
                with _keyring(environment | address, unlock=True):
                    pass
        with _bus(folder, environment) as address:
            with _keyring(environment | address, unlock=not locked):
                yield {
                    **address,
                    "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
                }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def fresh_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make keyring choose its back end again in this process, and close its connections."""
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@contextmanager
def _bus(folder: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    command = ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--print-address"]
    with _running(command, environment) as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        yield {"DBUS_SESSION_BUS_ADDRESS": address}


@contextmanager
def _keyring(environment: dict[str, str], *, unlock: bool) -> Iterator[None]:
    command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
    with _running([*command, *(["--unlock"] if unlock else [])], environment) as process:
        assert process.stdin is not None
        if unlock:
            process.stdin.write(b"the password of the keyring")
        process.stdin.close()
        deadline = time.monotonic() + START_LIMIT_S
        while not _is_owned(environment):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip("gnome-keyring-daemon does not run here")
            time.sleep(0.01)
        yield


def _is_owned(environment: dict[str, str]) -> bool:
    """Whether the service is on the bus."""
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    with open_dbus_connection(environment["DBUS_SESSION_BUS_ADDRESS"]) as connection:
        call = new_method_call(bus, "NameHasOwner", "s", ("org.freedesktop.secrets",))
        return bool(connection.send_and_get_reply(call).body[0])


@contextmanager
def _running(
    command: Sequence[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
