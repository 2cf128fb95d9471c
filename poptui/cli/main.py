"""The entry point: parse the options, run the command, and turn errors into exit codes."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from poptui.cli.arguments import parse
from poptui.cli.debug_log import log_nowhere, log_to
from poptui.cli.streams import be_quiet, discard_stdout, flush_streams, open_streams, say
from poptui.environment import use_config
from poptui.errors import ExitCode, PoptuiError, UsageError, internal_error, quoted_input
from poptui.printable import printable_line
from poptui.threads import EventLoop, finish_tasks

logger = logging.getLogger(__name__)


FINISH_S = 3.0
"""At exit, wait this long for tasks that must be finished; Ctrl-C ends the wait."""


class _SignalReceived(KeyboardInterrupt):
    """A signal that ends the program as Ctrl-C does: drop connections, restore the terminal."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


def run() -> None:
    """Run as the console script. Signals that the parent process ignores stay ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)
    sys.exit(main())


def _stop(number: int, _: FrameType | None) -> None:
    raise _SignalReceived(number)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line ``words``; return the exit code. Raises only SystemExit, for --help."""
    open_streams()
    _disable_core_dumps()
    log_nowhere()
    try:
        options = parse(sys.argv[1:] if words is None else words)
        be_quiet(options.quiet)
        _choose_config(options.config, may_be_new=getattr(options, "makes_config", False))
        if options.debug is not None:
            log_to(options.debug)
        # __main__ turned the collector off while modules load. What they hold is never garbage, so
        # freeze it: later collections then don't scan it.
        gc.freeze()
        gc.enable()
        with asyncio.Runner(loop_factory=EventLoop) as runner:
            code = runner.run(_run_to_end(options))
        flush_streams()
        return code
    except PoptuiError as error:
        return _fail(*error.sentences, code=error.exit_code)
    except (KeyboardInterrupt, asyncio.CancelledError) as stop:
        discard_stdout()
        return _fail("Interrupted.", code=getattr(stop, "code", ExitCode.INTERRUPTED))
    except BrokenPipeError:
        discard_stdout()
        return ExitCode.DONE
    except OSError as error:
        logger.exception("the system refused an operation")
        discard_stdout()
        return _fail(_system_error(error), code=ExitCode.FAILURE)
    except Exception as error:
        logger.exception("internal error")
        return _fail(internal_error(error), code=ExitCode.SERVER)


async def _run_to_end(options: Namespace) -> int:
    """Run the command, and finish tasks whose result would be lost, such as a renewed token."""
    try:
        code: int = await options.run(options)
    finally:
        await finish_tasks(FINISH_S)
    return code


def _choose_config(file: str | None, *, may_be_new: bool) -> None:
    """Use the configuration file of the command line. Raises UsageError if there is none.

    ``may_be_new``: it need not exist, because the command creates it.
    """
    if file is None:
        return
    if not Path(file).exists() and not may_be_new:
        raise UsageError(f"There is no configuration file {quoted_input(file)}.")
    use_config(file)


def _fail(*sentences: str, code: int) -> int:
    for sentence in sentences:
        say(f"poptui: {printable_line(sentence)}")
    return code


def _system_error(error: OSError) -> str:
    return f"The operating system reported: {error.strerror or type(error).__name__}."


def _disable_core_dumps() -> None:
    """Forbid core files: the password would be in them."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
