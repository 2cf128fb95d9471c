"""A real Dovecot on loopback, one for each test process; every test has its own user.

It runs without privileges (as ``nobody`` if the tests run as root), on its own ports, in one
temporary folder, and dies with the tests even if these are killed.
"""

from __future__ import annotations

import ctypes
import grp
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import pytest
import trustme

from tests.kit.certificates import Certificate, Certificates

PASSWORD = "open-sesame-1939"
PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
ATTEMPTS = 3
"""Number of attempts to start: a free port may be taken before Dovecot gets it."""
START_TIMEOUT_S = LOG_TIMEOUT_S = 60.0
"""Time until Dovecot must listen."""

CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = pop3
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
login_trusted_networks = 127.0.0.0/8
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
ssl_ca = <{folder}/clients.pem
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
mail_location = maildir:~/
mail_fsync = never
mail_max_userip_connections = 1000
{oauth}passdb {{
  driver = static
  mechanisms = external
  args = nopassword=y
}}
passdb {{
  driver = static
  args = password={{PLAIN}}{password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service pop3-login {{
  chroot =
  service_count = 0
  client_limit = 500
  process_limit = 4
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = {tls_port}
    ssl = yes
  }}
}}
service pop3 {{
  process_limit = 200
}}
"""

MECHANISMS = "plain login cram-md5 scram-sha-1 scram-sha-256 apop external"
OAUTH = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
"""
OAUTH_SETTINGS = """\
introspection_mode = post
introspection_url = {url}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 5000
"""


class Dovecot:
    """One user's mailbox on the server."""

    password = PASSWORD

    def __init__(self, server: DovecotServer, user: str) -> None:
        self.user = user
        self.port = server.port
        self.tls_port = server.tls_port
        self.ca_file = server.ca_file
        self.maildir = server.folder / "mail" / user
        self._server = server
        self._numbers = itertools.count(1)
        for name in ("new", "cur", "tmp"):
            (self.maildir / name).mkdir(parents=True)
        for path in (self.maildir, *self.maildir.iterdir()):
            server.give(path)

    @property
    def url(self) -> str:
        """The TARGET without TLS; with ``--starttls`` it uses STLS."""
        return f"pop://{self.user}@127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """The TARGET with TLS from the first byte; ``ca_file`` verifies it."""
        return f"pops://{self.user}@127.0.0.1:{self.tls_port}"

    @property
    def apop_url(self) -> str:
        return f"pop://{self.user};auth=+APOP@127.0.0.1:{self.port}"

    def client_certificate(self) -> str:
        """Return a new file with a key and a certificate that name the user, for EXTERNAL."""
        return self._server.client_certificate(self.user)

    def deliver(self, messages: Sequence[bytes]) -> list[str]:
        """Put messages into the Maildir, numbered in this order; return their file names."""
        return [self._deliver(message) for message in messages]

    def _deliver(self, message: bytes) -> str:
        number = next(self._numbers)
        name = f"{1_000_000_000 + number}.{number}.kit"
        draft = self.maildir / "tmp" / name
        draft.write_bytes(message)
        self._server.give(draft)
        draft.rename(self.maildir / "new" / name)
        return name

    def files(self) -> set[str]:
        """Return the names of all stored messages, without their flags."""
        folders = (self.maildir / "new", self.maildir / "cur")
        return {file.name.partition(":")[0] for folder in folders for file in folder.iterdir()}

    def log(self) -> str:
        """Return Dovecot's log lines about this user."""
        lines = (self._server.folder / "log").read_text("utf-8", "replace").splitlines()
        return "\n".join(line for line in lines if re.search(rf"\b{self.user}\b", line))

    def wait_for_log(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Wait until lines about this user match ``pattern`` that often; return the last match.

        A separate process of Dovecot writes the log, sometimes after the client has gone.
        """
        deadline = time.monotonic() + LOG_TIMEOUT_S
        while len(found := [*re.finditer(pattern, self.log())]) < times:
            assert time.monotonic() < deadline, f"{times} × {pattern} in:\n{self.log()}"
            time.sleep(0.02)
        return found[-1]


class DovecotServer:
    """A running Dovecot, as a context manager that ends it and removes its folder."""

    def __init__(
        self, certificate: Certificate, ca_file: str, *, introspection_url: str = ""
    ) -> None:
        """``introspection_url``: accept access tokens too, and verify them there."""
        self.ca_file = ca_file
        self._introspection_url = introspection_url
        self.port = self.tls_port = 0
        self.folder = Path(tempfile.mkdtemp(prefix="poptui-dovecot-", dir="/tmp"))
        self._account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self._process: subprocess.Popen[bytes] | None = None
        self._users = itertools.count(1)
        self._clients = trustme.CA()
        self._clients.cert_pem.write_to_path(self.folder / "clients.pem")
        shutil.copyfile(certificate.file, self.folder / "server.pem")
        (self.folder / "mail").mkdir()
        for path in (self.folder, *self.folder.iterdir()):
            self.give(path)

    def new_user(self) -> Dovecot:
        """Return a user with an empty mailbox; all users have the same password."""
        return Dovecot(self, f"user{next(self._users)}")

    def client_certificate(self, user: str) -> str:
        """Return a new file with a key and a certificate for ``user``."""
        file = self.folder / f"{user}.pem"
        made = self._clients.issue_cert(common_name=user)
        made.private_key_and_cert_chain_pem.write_to_path(file)
        return str(file)

    def give(self, path: Path) -> None:
        """Make the server's user the owner of ``path``."""
        if os.getuid() == 0:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def __enter__(self) -> DovecotServer:
        for _ in range(ATTEMPTS):
            self._start()
            if self._listens():
                return self
            self._stop()
        output = self._output()
        self.__exit__(None, None, None)
        pytest.skip(f"Dovecot does not run here: {output or 'it says nothing'}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        self.port, self.tls_port = free_ports()
        file = self.folder / "dovecot.conf"
        file.write_text(self._configuration(), "utf-8")
        settings = OAUTH_SETTINGS.format(url=self._introspection_url)
        (self.folder / "oauth2.conf").write_text(settings, "utf-8")
        root = os.getuid() == 0
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [str(PROGRAM), "-F", "-c", str(file)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=self._account.pw_uid if root else None,
                group=self._account.pw_gid if root else None,
                extra_groups=[] if root else None,
                preexec_fn=die_with_parent(),
            )

    def _configuration(self) -> str:
        oauth = OAUTH.format(folder=self.folder) if self._introspection_url else ""
        return CONFIGURATION.format(
            folder=self.folder,
            user=self._account.pw_name,
            group=grp.getgrgid(self._account.pw_gid).gr_name,
            password=PASSWORD,
            mechanisms=f"{MECHANISMS} xoauth2 oauthbearer" if oauth else MECHANISMS,
            oauth=oauth,
            port=self.port,
            tls_port=self.tls_port,
        )

    def _listens(self) -> bool:
        """Whether our process is up and sends a greeting; False if it has ended."""
        assert self._process
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                    return line.recv(3) == b"+OK" and self._process.poll() is None
            except OSError:
                time.sleep(0.02)
        return False

    def _stop(self) -> None:
        """Kill the master process and its process group: they have nothing worth keeping."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _output(self) -> str:
        """Return the last line of its output and log."""
        texts = [
            (self.folder / name).read_text("utf-8", "replace")
            for name in ("output", "log")
            if (self.folder / name).exists()
        ]
        lines = "\n".join(texts).strip().splitlines()
        return lines[-1] if lines else ""


def free_ports() -> tuple[int, int]:
    """Return two ports on which nothing listens."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def die_with_parent() -> Callable[[], object] | None:
    """Return a function for a child to call before exec, so that it gets SIGTERM when we end."""
    set_death_signal = 1  # PR_SET_PDEATHSIG of Linux
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    return None if prctl is None else lambda: prctl(set_death_signal, signal.SIGTERM)


@pytest.fixture(scope="session")
def dovecot_server(certificates: Certificates) -> Iterator[DovecotServer]:
    """Start the Dovecot of this test process."""
    if PROGRAM is None:
        pytest.skip("Dovecot is not installed here (Debian: dovecot-pop3d).")
    with DovecotServer(certificates.good, certificates.ca_file) as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: DovecotServer) -> Iterator[Dovecot]:
    """Provide a user with an empty mailbox, for this test only."""
    user = dovecot_server.new_user()
    yield user
    shutil.rmtree(user.maildir, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need Dovecot, so that ``-m dovecot`` finds them."""
    for item in items:
        if "dovecot_server" in getattr(item, "fixturenames", ()):
            item.add_marker("dovecot")
