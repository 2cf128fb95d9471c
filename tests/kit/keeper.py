"""The session leader of a test terminal, like a shell: ``keeper.py STATUS HOLD PROGRAM ...``.

It takes standard input as its controlling terminal, starts the program in it, and writes the
program's process id and later its exit code to the descriptor STATUS. Then it waits for the end of
HOLD: if the leader exited, the kernel would reset the terminal's settings, and a test couldn't see
how the program left them.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios

WATCHED = {signal.SIGCHLD, signal.SIGHUP}
IGNORED = {signal.SIGINT, signal.SIGQUIT}
"""Signals that a key sends to the program and to us; they are meant for the program."""


def main() -> None:
    status, hold = int(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(status, False)
    os.set_inheritable(hold, False)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED | IGNORED)
    program = start(sys.argv[3:])
    os.write(status, b"%d\n" % program)
    os.write(status, b"%d\n" % exit_code(program))
    os.read(hold, 1)


def start(command: list[str]) -> int:
    """Run the program with no signal blocked or ignored; return its process id."""
    default = [signal.SIGPIPE, signal.SIGXFSZ]
    return os.posix_spawn(command[0], command, os.environ, setsigmask=[], setsigdef=default)


def exit_code(program: int) -> int:
    """Forward every SIGHUP to the program, like a shell, until it ends; return its exit code."""
    while True:
        if signal.sigwait(WATCHED) == signal.SIGHUP:
            os.kill(program, signal.SIGHUP)
            continue
        ended, status = os.waitpid(program, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)


main()
