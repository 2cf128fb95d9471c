"""What can be said of deletions when a command ends before it has told what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from poptui.cli.streams import discard_stdout, say
from poptui.errors import ExitCode, PoptuiError


class UnreadableOutputError(PoptuiError):
    """Nobody takes what the command writes."""

    exit_code = ExitCode.NO
    may_pass = False


class DeletionGuard:
    """Say what was deleted when a deleting command ends by anything but a PoptuiError."""

    def __init__(self, in_doubt: Callable[[], bool]) -> None:
        self._in_doubt = in_doubt
        self.told = False
        """What became of it was written."""

    @contextmanager
    def whatever_happens(self) -> Iterator[None]:
        """A block that deletes. Raises UnreadableOutputError where nobody takes its output."""
        try:
            yield
        except PoptuiError:
            raise
        except BrokenPipeError:
            discard_stdout()
            raise UnreadableOutputError(
                f"Nobody takes the output any more. {self._so_far}".strip()
            ) from None
        except BaseException:
            self._say()
            raise

    def _say(self) -> None:
        if said := self._so_far:
            say(said)

    @property
    def _so_far(self) -> str:
        if self._in_doubt():
            return "What was deleted is not known."
        return "" if self.told else "Nothing was deleted."
