"""The session leader of a test terminal, as a shell is: ``keeper.py STATUS HOLD PROGRAM ...``.

It takes standard input as its controlling terminal, starts the program in it, and writes the
program's process id and later its exit code to the descriptor STATUS. Then it waits for the end
of HOLD: were the leader to go, the kernel would reset the terminal's settings, and nobody could
tell how the program left them.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios


def main() -> None:
    status, hold = int(sys.argv[1]), int(sys.argv[2])
    command = sys.argv[3:]
    os.set_inheritable(status, False)
    os.set_inheritable(hold, False)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    program = os.posix_spawn(
        command[0], command, os.environ, setsigdef=[signal.SIGPIPE, signal.SIGXFSZ]
    )
    signal.signal(signal.SIGHUP, lambda *_: os.kill(program, signal.SIGHUP))
    os.write(status, f"{program}\n".encode())
    ended = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.write(status, f"{ended}\n".encode())
    os.read(hold, 1)


main()
