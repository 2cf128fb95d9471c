"""The file of ``--debug``: all log records with times and levels, without secrets."""

from __future__ import annotations

import logging
import os
import sys
import time

from poptui import __version__
from poptui.errors import UsageError
from poptui.printable import printable, printable_line
from poptui.secret import hide_secrets

logger = logging.getLogger(__name__)


class _Formatter(logging.Formatter):
    """Write times in UTC; hide secrets and control characters, in tracebacks too."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
        )

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return printable(hide_secrets(super().format(record)))


def log_nowhere() -> None:
    """Discard log records; without a handler Python would write them to standard error."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    logging.getLogger("poptui").addHandler(logging.NullHandler())


def log_to(file: str) -> None:
    """Log everything to ``file``. Raises UsageError."""
    root = logging.getLogger("poptui")
    root.addHandler(debug_handler(file))
    root.setLevel(logging.DEBUG)
    root.propagate = False
    _log_versions()


def debug_handler(file: str) -> logging.Handler:
    """Return a handler that appends to ``file``, readable only by the user. Raises UsageError."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        handler = logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"Can't write the debug file {printable_line(file)}: {error.strerror}."
        ) from None
    handler.setFormatter(_Formatter())
    return handler


def _log_versions() -> None:
    """Log versions and the environment, as a bug report needs them."""
    import platform
    import ssl
    from importlib.metadata import PackageNotFoundError, version

    logger.info(
        "poptui %s, Python %s, %s, %s",
        __version__,
        platform.python_version(),
        ssl.OPENSSL_VERSION,
        platform.platform(),
    )
    for name in ("textual", "keyring", "mail-parser", "selectolax", "regex"):
        try:
            logger.info("%s %s", name, version(name))
        except PackageNotFoundError:
            logger.info("%s is not installed", name)
    names = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "COLUMNS", "LINES")
    seen = {name: os.environ[name] for name in names if name in os.environ}
    logger.info("environment: %s; stdout is a terminal: %s", seen, sys.stdout.isatty())
