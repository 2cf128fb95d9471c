"""Real servers whose packages conflict with Dovecot's.

Each is installed each time in a copy-on-write view of the machine (``overlay.sh``), which takes
half a minute and downloads packages: only ``make interop`` does that.
"""

from __future__ import annotations

import imaplib
import itertools
import os
import shutil
import subprocess
from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from tests.interop import OVERLAY_VARIABLE
from tests.interop.processes import find_program, free_port
from tests.interop.servers import OWNER_ID, RealMailbox, RealServer, password_hash
from tests.kit.dovecot import PASSWORD

_NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
"""Runs a command; its mounts and child processes disappear with it."""


class ServerInOverlay(RealServer):
    """A server that is installed and run in a copy-on-write view of the machine."""

    programs: ClassVar[tuple[str, ...]] = ("unshare", "setpriv", "chroot", "apt-get")
    start_timeout_s = 100.0

    @classmethod
    def missing(cls) -> str:
        if not os.environ.get(OVERLAY_VARIABLE):
            return "only make interop installs it, in an overlay"
        lacking = [program for program in cls.programs if find_program(program) is None]
        if lacking:
            return f"{', '.join(lacking)}, which its overlay needs, is not here"
        tried = subprocess.run([*_NAMESPACES, "true"], capture_output=True)
        return "its overlay cannot be made here (unshare fails)" if tried.returncode else ""

    def command(self) -> tuple[list[str], dict[str, str]]:
        (self.folder / "run").write_text(f"set -e\n{self.script()}")
        script = str(Path(__file__).with_name("overlay.sh"))
        # unshare ignores the SIGTERM that others get when the tests are killed.
        dies_with_parent = ["setpriv", "--pdeathsig", "KILL"]
        return [*dies_with_parent, *_NAMESPACES, "sh", script, str(self.folder), *self.packages], {}

    @abstractmethod
    def script(self) -> str:
        """Return the shell script that sets the server up and runs it in the foreground."""


class Courier(ServerInOverlay):
    """Courier over a Maildir."""

    name = "courier"
    offers_stls = True
    packages = ("courier-pop", "courier-authlib-userdb")

    def script(self) -> str:
        home = self.folder
        programs, self.tls_port = "/usr/lib/courier/courier", free_port()
        shutil.copyfile(self.certificates.good.file, home / "server.pem")
        listen = "couriertcpd -address=127.0.0.1 -maxprocs=40 -maxperip=40 -nodnslookup"
        listen += " -noidentlookup"
        reader = f"{programs}/courierpop3login {programs}/courierpop3d Maildir"
        (self.folder / "hash").write_text(password_hash())
        return f"""\
userdb lab set uid={OWNER_ID} gid={OWNER_ID} home={home} mail={home}/Maildir shell=/bin/sh
userdb lab set "systempw=$(cat {home}/hash)"
chmod 700 /etc/courier
chmod 600 /etc/courier/userdb
makeuserdb
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
mkdir -p /run/courier/authdaemon
authdaemond start
set -a
. /etc/courier/pop3d
. /etc/courier/pop3d-ssl
POP3_STARTTLS=YES POP3_TLS_REQUIRED=0 COURIERTLS=$(command -v couriertls)
TLS_CERTFILE={home}/server.pem
{listen} {self.tls_port} "$COURIERTLS" -server -tcpd {reader} &
exec {listen} {self.port} {reader}
"""

    def new_mailbox(self, messages: Sequence[bytes]) -> RealMailbox:
        maildir = self._maildir(messages)
        for path in (maildir, *maildir.rglob("*")):
            os.chown(path, OWNER_ID, OWNER_ID)
        return RealMailbox(f"pop://lab@127.0.0.1:{self.port}", maildir)


class Cyrus(ServerInOverlay):
    """Cyrus, whose storage is filled over IMAP; each test has its own user."""

    name = "cyrus"
    offers_stls = True
    refuses = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS")  # it knows only tls-unique
    packages = ("cyrus-pop3d", "cyrus-imapd", "sasl2-bin")
    _user_count = 20

    def script(self) -> str:
        self._imap_port, self.tls_port = free_port(), free_port()
        shutil.copyfile(self.certificates.good.file, self.folder / "server.pem")
        self._numbers = itertools.count(1)
        (self.folder / "imapd.conf").write_text(
            f"configdirectory: {self.folder}/config\n"
            f"partition-default: {self.folder}/spool\n"
            "mailbox_legacy_dirs: yes\n"  # folders by the user's name
            "servername: localhost\n"
            "admins: cyrus\n"
            "allowplaintext: yes\n"
            "allowapop: yes\n"
            "autocreate_quota: 0\n"  # a mailbox is made at the first login
            "expunge_mode: immediate\n"
            "munge8bit: no\n"  # or it writes X for bytes over 127 in headers
            "popminpoll: 0\n"
            f"tls_server_cert: {self.folder}/server.pem\n"
            f"tls_server_key: {self.folder}/server.pem\n"
            "sasl_pwcheck_method: auxprop\n"
            "sasl_auxprop_plugin: sasldb\n"
        )
        (self.folder / "cyrus.conf").write_text(
            'START {\n  recover cmd="ctl_cyrusdb -r"\n}\nSERVICES {\n'
            f'  imap cmd="imapd" listen="127.0.0.1:{self._imap_port}" prefork=1\n'
            f'  pop3 cmd="pop3d" listen="127.0.0.1:{self.port}" prefork=1\n'
            f'  pop3s cmd="pop3d -s" listen="127.0.0.1:{self.tls_port}"\n}}\n'
        )
        return f"""\
cp {self.folder}/imapd.conf {self.folder}/cyrus.conf /etc
mkdir {self.folder}/config {self.folder}/spool
chown cyrus:mail {self.folder}/config {self.folder}/spool {self.folder}/server.pem
for number in $(seq {self._user_count}); do
    echo '{PASSWORD}' | saslpasswd2 -p -c -u localhost "lab$number"
done
chgrp sasl /etc/sasldb2
chmod 640 /etc/sasldb2
exec /usr/lib/cyrus/bin/master
"""

    def new_mailbox(self, messages: Sequence[bytes]) -> RealMailbox:
        user = f"lab{next(self._numbers)}"
        with imaplib.IMAP4("127.0.0.1", self._imap_port, timeout=20) as client:
            client.login(user, PASSWORD)
            for message in messages:
                output, text = client.append("INBOX", "", "", message)
                if output != "OK":
                    raise RuntimeError(f"Cyrus refuses a message: {text!r}")
        storage = self.folder / "spool" / "user" / user
        url = f"pop://{user}@127.0.0.1:{self.port}"
        return RealMailbox(url, storage, purge=partial(self._purge, user))

    def _purge(self, user: str) -> None:
        """Open the mailbox and close it.

        QUIT notes deletions in Cyrus's index; the last process to close the mailbox removes the
        files. Under load that is not the one that served QUIT.
        """
        with imaplib.IMAP4("127.0.0.1", self._imap_port, timeout=20) as client:
            client.login(user, PASSWORD)
            client.select("INBOX", readonly=True)  # deletes nothing by itself
            client.unselect()


IN_OVERLAY: tuple[type[RealServer], ...] = (Courier, Cyrus)
