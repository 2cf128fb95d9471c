"""Real servers, and mailboxes on them whose storage can be read.

Each keeps its files in one temporary folder. The proxies are in front of the tests' Dovecot.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import re
import shutil
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NamedTuple

from tests.interop.processes import ServerProcess, find_program, free_port
from tests.kit.certificates import Certificates
from tests.kit.dovecot import PASSWORD, DovecotServer

OWNER_ID, MAIL_GROUP_ID = 65533, 8
"""The user and group that own the mail of servers which take users from the system."""

WILDDUCK_FOLDER = Path(pwd.getpwuid(os.getuid()).pw_dir, ".cache/poptui-interop/wildduck")
"""The folder in which make interop lets npm install WildDuck, outside the project. Not derived from
HOME, which the tests set to a temporary folder."""

_SUBJECT = re.compile(rb"(?m)^Subject: (.*?)\r?$")


class RealMailbox(NamedTuple):
    """The address of a mailbox for poptui, and the place where its messages are stored."""

    url: str
    storage: Path
    """A Maildir, a file in mbox format, or a folder of Cyrus, whose messages are called "1."."""
    ca_file: str | None = None
    purge: Callable[[], None] | None = None
    """Makes the server remove files of deleted messages, if it leaves that to the next session."""

    def stored(self) -> list[str]:
        """Return the subjects of the messages that are stored, sorted."""
        if self.purge is not None:
            self.purge()
        if self.storage.is_file():
            files = [self.storage]
        elif (self.storage / "new").is_dir():
            files = [file for name in ("new", "cur") for file in (self.storage / name).iterdir()]
        else:
            files = list(self.storage.glob("*."))
        texts = [file.read_bytes() for file in files]
        return sorted(found.decode() for text in texts for found in _SUBJECT.findall(text))


class RealServer(ABC):
    """A kind of server: whether it can run here, and how to run it."""

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    """Debian packages that install it."""
    programs: ClassVar[tuple[str, ...]] = ()
    needs_root: ClassVar[bool] = False
    start_timeout_s: ClassVar[float] = 20.0
    offers_stls: ClassVar[bool] = False
    refuses: ClassVar[tuple[str, ...]] = ()
    """Login methods that it offers although they can't work: it stores only hashes, or binds SCRAM
    to something else."""
    tls_port: int | None = None
    """The port for TLS from the first byte, if it has one."""

    def __init__(self, folder: Path, backend: DovecotServer, certificates: Certificates) -> None:
        self.folder, self.backend, self.certificates = folder, backend, certificates
        self.port = free_port()
        self._process: ServerProcess | None = None

    @classmethod
    def missing(cls) -> str:
        """Say why the server cannot run here; empty if it can."""
        lacking = [program for program in cls.programs if find_program(program) is None]
        if lacking:
            return f"{', '.join(lacking)} is not installed (Debian: {' '.join(cls.packages)})"
        return "it needs root" if cls.needs_root and os.getuid() != 0 else ""

    def start(self) -> None:
        """Start it and wait until it listens. Raises CannotRunHere."""
        command, environment = self.command()
        self._process = ServerProcess(command, self.folder, environment)
        self._process.wait_until_it_listens(self.port, self.start_timeout_s)

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.stop()

    @abstractmethod
    def command(self) -> tuple[list[str], dict[str, str]]:
        """Write the server's files; return its command and additional environment variables."""

    @abstractmethod
    def new_mailbox(self, messages: Sequence[bytes]) -> RealMailbox:
        """Return a mailbox with exactly these messages."""

    def _maildir(self, messages: Sequence[bytes]) -> Path:
        maildir = self.folder / "Maildir"
        shutil.rmtree(maildir, ignore_errors=True)
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True)
        for number, message in enumerate(messages, 1):
            (maildir / "new" / f"{1_000_000_000 + number}.{number}.kit").write_bytes(_unix(message))
        return maildir


class DovecotDirectly(RealServer):
    """Dovecot, which is behind the proxies."""

    name = "dovecot"
    packages: ClassVar[tuple[str, ...]] = ("dovecot-pop3d",)
    programs: ClassVar[tuple[str, ...]] = ("dovecot",)
    offers_stls = True
    scheme = "pop"

    def start(self) -> None:
        self.port, self.tls_port = self.backend.port, self.backend.tls_port

    def command(self) -> tuple[list[str], dict[str, str]]:
        raise NotImplementedError

    def new_mailbox(self, messages: Sequence[bytes]) -> RealMailbox:
        user = self.backend.new_user()
        user.deliver(messages)
        url = f"{self.scheme}://{user.user}@127.0.0.1:{self.port}"
        return RealMailbox(url, user.maildir, self.certificates.ca_file)


class Proxy(DovecotDirectly):
    """A server that forwards sessions to Dovecot."""

    def start(self) -> None:
        RealServer.start(self)


class Haproxy(Proxy):
    """A TCP proxy with its usual timeouts."""

    name = "haproxy"
    packages = programs = ("haproxy",)

    def command(self) -> tuple[list[str], dict[str, str]]:
        (self.folder / "conf").write_text(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 50s\n timeout server 50s\n"
            f"listen pop3\n bind 127.0.0.1:{self.port}\n"
            f" server dovecot 127.0.0.1:{self.backend.port}\n"
        )
        return [str(find_program("haproxy")), "-db", "-f", "conf"], {}


class Stunnel(Proxy):
    """TLS in front of a server that has none."""

    name = "stunnel"
    offers_stls = False
    packages = ("stunnel4",)
    programs = ("stunnel",)
    scheme = "pops"

    def command(self) -> tuple[list[str], dict[str, str]]:
        (self.folder / "conf").write_text(
            f"foreground = yes\npid =\n[pop3s]\naccept = 127.0.0.1:{self.port}\n"
            f"connect = 127.0.0.1:{self.backend.port}\ncert = {self.certificates.good.file}\n"
        )
        return [str(find_program("stunnel")), str(self.folder / "conf")], {}


class Perdition(Proxy):
    """A POP3 proxy that logs in to the server behind it."""

    name = "perdition"
    packages = ("perdition",)
    programs = ("perdition.pop3",)
    needs_root = True

    def command(self) -> tuple[list[str], dict[str, str]]:
        options = {
            "protocol": "POP3",
            "outgoing_server": f"127.0.0.1:{self.backend.port}",
            "bind_address": "127.0.0.1",
            "listen_port": str(self.port),
            "username": "root",
            "group": "root",
            "pid_file": str(self.folder / "pid"),
            "config_file": "/nonexistent",
            "log_facility": "-",
            "ssl_mode": "tls_listen",
            "ssl_cert_file": str(self.certificates.good.file),
            "ssl_key_file": str(self.certificates.good.file),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [str(find_program("perdition.pop3")), "--no_daemon", "--no_lookup", *words], {}


class Nginx(Proxy):
    """A mail proxy that asks an HTTP server who may log in; it refuses APOP slowly."""

    name = "nginx"
    packages = ("nginx", "libnginx-mod-mail")
    programs = ("nginx",)
    needs_root = True
    refuses = ("APOP",)
    _module = Path("/usr/lib/nginx/modules/ngx_mail_module.so")

    @classmethod
    def missing(cls) -> str:
        lacking = "" if cls._module.exists() else "its mail module is not installed"
        return super().missing() or lacking

    def command(self) -> tuple[list[str], dict[str, str]]:
        backend, self.tls_port = self.backend, free_port()

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_plain = self.headers["Auth-Method"] == "plain"
                allowed = is_plain and self.headers["Auth-Pass"] == PASSWORD
                self.send_response(200)
                self.send_header("Auth-Status", "OK" if allowed else "Invalid login or password")
                if allowed:
                    self.send_header("Auth-Server", "127.0.0.1")
                    self.send_header("Auth-Port", str(backend.port))
                else:
                    self.send_header("Auth-Wait", "1")
                self.end_headers()

            def log_message(self, format: str, *values: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        (self.folder / "conf").write_text(
            f"load_module {self._module};\ndaemon off;\npid {self.folder}/pid;\n"
            f"error_log {self.folder}/log;\nworker_processes 1;\nevents {{}}\n"
            f"mail {{\n auth_http 127.0.0.1:{self._http.server_port}/;\n"
            " pop3_auth plain apop;\n pop3_capabilities TOP USER UIDL PIPELINING;\n"
            f" ssl_certificate {self.certificates.good.file};\n"
            f" ssl_certificate_key {self.certificates.good.file};\n"
            f" server {{ listen 127.0.0.1:{self.port}; protocol pop3; starttls on; }}\n"
            f" server {{ listen 127.0.0.1:{self.tls_port} ssl; protocol pop3; }}\n}}\n"
        )
        program = str(find_program("nginx"))
        return [program, "-c", str(self.folder / "conf"), "-p", str(self.folder)], {}

    def stop(self) -> None:
        super().stop()
        self._http.shutdown()
        self._http.server_close()


class Mailutils(RealServer):
    """GNU mailutils over mbox files; its users exist only in its own mount namespace.

    Each test has its own user: a session that was cut off may still write to its file.
    """

    name = "mailutils"
    packages = ("mailutils-pop3d",)
    programs = ("pop3d", "unshare")
    needs_root = True
    offers_stls = True
    refuses = ("APOP",)
    _user_count = 100
    _numbers = itertools.count(1)

    def command(self) -> tuple[list[str], dict[str, str]]:
        certificate, self.tls_port = self.certificates.good.file, free_port()
        spool = self.folder / "spool"
        spool.mkdir()
        spool.chmod(0o1777)
        hashed = password_hash()
        users, passwords = "", ""
        for number in range(1, self._user_count + 1):
            users += f"lab{number}:x:{OWNER_ID}:{OWNER_ID}::{self.folder}:/bin/sh\n"
            passwords += f"lab{number}:{hashed}:19000:0:99999:7:::\n"
        for name, lines in (("passwd", users), ("shadow", passwords)):
            own = self.folder / name
            own.touch(0o600 if name == "shadow" else 0o644)
            own.write_text(Path(f"/etc/{name}").read_text("utf-8") + lines, "utf-8")
        (self.folder / "conf").write_text(
            f'mode daemon;\nforeground yes;\nmailbox {{ mail-spool "{spool}"; }};\n'
            "tls-file-checks { key-file none; cert-file none; };\nlogging { syslog no; };\n"
            f'tls {{ ssl-certificate-file "{certificate}"; ssl-key-file "{certificate}"; }};\n'
            f"server 127.0.0.1:{self.port} {{ tls-mode ondemand; }};\n"
            f"server 127.0.0.1:{self.tls_port} {{ tls-mode connection; }};\n"
        )
        script = (
            "mount --bind passwd /etc/passwd && mount --bind shadow /etc/shadow"
            f" && exec {find_program('pop3d')} --config-file=conf"
        )
        return ["unshare", "-m", "sh", "-c", script], {}

    def new_mailbox(self, messages: Sequence[bytes]) -> RealMailbox:
        user = f"lab{next(self._numbers)}"
        spool = self.folder / "spool" / user
        entries = [
            b"From lab Mon Nov  2 10:00:00 2026\n" + _unix(message) + b"\n" for message in messages
        ]
        spool.write_bytes(b"".join(entries))
        spool.chmod(0o660)
        os.chown(spool, OWNER_ID, MAIL_GROUP_ID)
        return RealMailbox(f"pop://{user}@127.0.0.1:{self.port}", spool)


class Mailfront(RealServer):
    """mailfront over a Maildir."""

    name = "mailfront"
    packages = ("mailfront", "cvm", "ucspi-tcp")
    programs = ("pop3front-auth", "cvm-pwfile", "tcpserver")
    needs_root = True

    def command(self) -> tuple[list[str], dict[str, str]]:
        (self.folder / "users").write_text(
            f"lab:{password_hash()}:{OWNER_ID}:{OWNER_ID}::{self.folder}:/bin/sh\n"
        )
        chain = ("pop3front-auth", "cvm-pwfile", "pop3front-maildir")
        front, checker, reader = (str(find_program(name)) for name in chain)
        words = ["tcpserver", "-H", "-R", "-l0", "127.0.0.1", str(self.port), front, checker]
        environment = {
            "CVM_PWFILE_PATH": str(self.folder / "users"),
            "CVM_PWFILE_PWCMP": "crypt",
        }
        return [*words, reader, "Maildir"], environment

    def new_mailbox(self, messages: Sequence[bytes]) -> RealMailbox:
        maildir = self._maildir(messages)
        for path in (maildir, *maildir.rglob("*")):
            os.chown(path, OWNER_ID, OWNER_ID)
        return RealMailbox(f"pop://lab@127.0.0.1:{self.port}", maildir)


class Twisted(RealServer):
    """Twisted's POP3 protocol over a Maildir; it compares the digest of APOP as str with bytes."""

    name = "twisted"
    refuses = ("APOP",)

    @classmethod
    def missing(cls) -> str:
        found = importlib.util.find_spec("twisted")
        return "" if found else "twisted is not installed (PyPI: twisted)"

    def command(self) -> tuple[list[str], dict[str, str]]:
        script = str(Path(__file__).with_name("twisted_server.py"))
        maildir = str(self.folder / "Maildir")
        return [sys.executable, script, str(self.port), maildir, PASSWORD], {}

    def new_mailbox(self, messages: Sequence[bytes]) -> RealMailbox:
        return RealMailbox(f"pop://lab@127.0.0.1:{self.port}", self._maildir(messages))


class WildDuck(RealServer):
    """WildDuck's POP3 server over a Maildir; it renumbers its list after DELE."""

    name = "wildduck"
    programs = ("node",)

    @classmethod
    def missing(cls) -> str:
        if find_program("node") is None:
            return "node, which it runs on, is not installed"
        installed = (WILDDUCK_FOLDER / "node_modules/wildduck").is_dir()
        return "" if installed else "it is not installed (make interop does it with npm)"

    def command(self) -> tuple[list[str], dict[str, str]]:
        script = str(Path(__file__).with_name("wildduck_server.js"))
        words = [str(WILDDUCK_FOLDER), str(self.port), str(self.folder / "Maildir"), PASSWORD]
        return [str(find_program("node")), script, *words], {}

    def new_mailbox(self, messages: Sequence[bytes]) -> RealMailbox:
        return RealMailbox(f"pop://lab@127.0.0.1:{self.port}", self._maildir(messages))


def _unix(message: bytes) -> bytes:
    """Return the message with LF line ends, as in files."""
    return message.replace(b"\r\n", b"\n")


def password_hash() -> str:
    """Return the password of all users as crypt(3) hashes it."""
    output = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"],
        input=PASSWORD.encode(),
        check=True,
        capture_output=True,
    )
    return output.stdout.decode().strip()


BESIDE_DOVECOT: tuple[type[RealServer], ...] = (
    DovecotDirectly,
    Mailutils,
    Mailfront,
    Twisted,
    WildDuck,
    Nginx,
    Perdition,
    Haproxy,
    Stunnel,
)
