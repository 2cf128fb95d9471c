"""The entry point: parse, run, and turn whatever happens into a sentence and an exit code."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from poptui.cli.arguments import parse
from poptui.cli.debug_log import log_to
from poptui.cli.streams import discard_stdout, flush_streams, open_streams, say
from poptui.errors import ExitCode, PoptuiError
from poptui.printable import printable_line
from poptui.threads import EventLoop

logger = logging.getLogger(__name__)


class _Stopped(KeyboardInterrupt):
    """A signal ends the program as Ctrl-C does: connections are dropped, the terminal restored."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


def run() -> None:
    """Run as the console script. A signal that the parent process ignores stays ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)
    sys.exit(main())


def _stop(number: int, _: FrameType | None) -> None:
    raise _Stopped(number)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line ``words``; return the exit code. Raises only SystemExit, for --help."""
    open_streams()
    _dump_no_core()
    try:
        options = parse(sys.argv[1:] if words is None else words)
        log_to(options.debug)
        gc.freeze()
        gc.enable()
        with asyncio.Runner(loop_factory=EventLoop) as runner:
            code: int = runner.run(options.run(options))
        flush_streams()
        return code
    except PoptuiError as fault:
        return _tell(*fault.sentences, code=fault.exit_code)
    except (KeyboardInterrupt, asyncio.CancelledError) as stop:
        discard_stdout()
        return _tell("Interrupted.", code=getattr(stop, "code", ExitCode.INTERRUPTED))
    except BrokenPipeError:
        discard_stdout()
        return ExitCode.DONE
    except OSError as error:
        logger.exception("the system refused")
        discard_stdout()
        return _tell(_refused(error), code=ExitCode.NO)
    except Exception as error:
        logger.exception("unforeseen")
        return _tell(_unforeseen(error), code=ExitCode.SERVER)


def _tell(*sentences: str, code: int) -> int:
    for sentence in sentences:
        say(f"poptui: {printable_line(sentence)}")
    return code


def _unforeseen(error: Exception) -> str:
    return (
        f"Something went wrong inside poptui ({type(error).__name__})."
        " Run it again with --debug FILE and attach FILE to a report."
    )


def _refused(error: OSError) -> str:
    return f"The system refused to go on: {error.strerror or type(error).__name__}."


def _dump_no_core() -> None:
    """Leave no core file: the password would be in it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
