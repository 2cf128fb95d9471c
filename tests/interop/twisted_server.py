"""Twisted's POP3 server over a Maildir; run as a script: PORT MAILDIR PASSWORD."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import IO, Any

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import protocol, reactor
from twisted.mail import pop3
from zope.interface import implementer


@implementer(pop3.IMailbox)
class MaildirMailbox:
    """The messages of a folder, as they were when the session began."""

    def __init__(self, folder: Path) -> None:
        self._files = sorted((folder / "new").iterdir(), key=lambda file: file.name)
        self._deleted: set[int] = set()

    def listMessages(self, index: int | None = None) -> Any:
        sizes = [
            0 if number in self._deleted else file.stat().st_size
            for number, file in enumerate(self._files)
        ]
        return sizes if index is None else sizes[index]

    def getMessage(self, index: int) -> IO[bytes]:
        return self._files[index].open("rb")

    def getUidl(self, index: int) -> str:
        return hashlib.md5(self._files[index].name.encode()).hexdigest()

    def deleteMessage(self, index: int) -> None:
        self._deleted.add(index)

    def undeleteMessages(self) -> None:
        self._deleted.clear()

    def sync(self) -> None:
        for index in self._deleted:
            self._files[index].unlink()


@implementer(IRealm)
class MailRealm:
    """Opens the only mailbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def requestAvatar(self, avatar: bytes, mind: object, *interfaces: object) -> Any:
        return pop3.IMailbox, MaildirMailbox(self._folder), lambda: None


def main() -> None:
    port, folder, password = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    checker = InMemoryUsernamePasswordDatabaseDontUse(lab=password.encode())
    portal = Portal(MailRealm(folder), [checker])

    class Factory(protocol.ServerFactory):
        def buildProtocol(self, address: object) -> pop3.POP3:
            server = pop3.POP3()
            server.factory, server.portal = self, portal
            connected = server.connectionMade

            def connection_made() -> None:
                server.transport.setTcpNoDelay(True)  # the tests need not wait for Nagle
                connected()

            server.connectionMade = connection_made
            return server

    reactor.listenTCP(port, Factory(), interface="127.0.0.1")
    reactor.run()


if __name__ == "__main__":
    main()
