"""``poptui doctor``: print how a server behaves, and what poptui does about it."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import aclosing
from shutil import get_terminal_size
from typing import Any

from poptui.accounts.doctor.examination import Credential, examine
from poptui.accounts.doctor.finding import Finding, Status
from poptui.cli.command import CliCommand, add_common, add_connection, add_target
from poptui.cli.session import credentials_of, say_to_user, server_profile, settings_of
from poptui.cli.streams import note, stdout_is_utf8
from poptui.errors import ExitCode, PoptuiError, UsageError
from poptui.printable import escaped, printable_line
from poptui.storage.client_key import with_key_unlocked
from poptui.storage.config import load_config
from poptui.storage.settings import Settings

MAX_COLUMNS = 100
"""Longer lines are hard to read."""
MIN_TEXT_CELLS = 24
ADVICE_INDENT = "  "

TITLES = {
    "proxy": "Proxy",
    "address": "Address",
    "connection": "Connection",
    "tls": "TLS",
    "certificate": "Certificate",
    "chain": "Issuers",
    "capa-before": "Offers",
    "sign-in": "Sign-in",
    "login": "Login",
    "capa-after": "After login",
    "response-codes": "Refusals",
    "utf8": "UTF8",
    "expire": "Expiry",
    "login-delay": "Login pause",
    "listing": "Messages",
    "uids": "UIDs",
    "second-login": "Login again",
    "uids-stable": "UIDs again",
    "top": "TOP",
    "pipelining": "Pipelining",
    "session": "Session",
}
"""The name of each check in the report."""

BADGES = {Status.OK: "ok", Status.NOTE: "note", Status.PROBLEM: "PROBLEM"}
COLOURS = {Status.OK: "32", Status.NOTE: "33", Status.PROBLEM: "1;31"}
BADGE_CELLS = max(map(len, BADGES.values()))
TITLE_CELLS = max(map(len, TITLES.values()))


async def run_doctor(options: Namespace) -> int:
    """Examine the server of TARGET; print each finding as soon as it is known."""
    settings = settings_of(options, load_config())
    settings = await with_key_unlocked(settings, say=say_to_user)
    credentials = await _credentials(settings, stdin=options.password_stdin)
    report = _JsonReport() if options.json else _TextReport(settings)
    report.begin()
    findings = examine(
        settings.server,
        credentials,
        settings.connection,
        server_profile(settings.cache),
        _progress,
    )
    worst = Status.OK
    try:
        async with aclosing(findings) as found:
            async for finding in found:
                _progress("")
                report.add(finding)
                worst = Status.PROBLEM if finding.status is Status.PROBLEM else worst
    finally:
        _progress("")
    report.end()
    return ExitCode.FAILURE if worst is Status.PROBLEM else ExitCode.DONE


async def _credentials(settings: Settings, *, stdin: bool) -> Credential:
    """Return the credentials, or the error that explains in the report why there are none."""
    try:
        credentials, _ = await credentials_of(settings, stdin=stdin)
    except UsageError:
        raise
    except PoptuiError as error:
        return error
    return credentials


def _progress(what: str) -> None:
    """Show the current step on a terminal's last line; "" removes it."""
    if sys.stderr.isatty():
        note(f"\r\x1b[K{what} …" if what else "\r\x1b[K", end="")


class _TextReport:
    """One paragraph for each finding, with its status in a word."""

    def __init__(self, settings: Settings) -> None:
        self._server = settings.server
        self._columns = min(get_terminal_size((80, 24)).columns, MAX_COLUMNS)
        self._colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._counts = dict.fromkeys(Status, 0)

    def begin(self) -> None:
        server = self._server
        print(f"{server.title}, port {server.port}; {server.security.value}\n", flush=True)

    def add(self, finding: Finding) -> None:
        self._counts[finding.status] += 1
        indent = BADGE_CELLS + TITLE_CELLS + 2
        is_narrow = self._columns - indent < MIN_TEXT_CELLS
        if is_narrow:
            indent = len(ADVICE_INDENT)
        lines = list(self._lines(finding.text, indent))
        lines += self._lines(finding.advice, indent + len(ADVICE_INDENT))
        badge = f"{BADGES[finding.status]:<{BADGE_CELLS}}"
        if self._colours:
            badge = f"\x1b[{COLOURS[finding.status]}m{badge}\x1b[m"
        title = f"{TITLES.get(finding.check, finding.check):<{TITLE_CELLS}}"
        first = "" if is_narrow else lines.pop(0).lstrip()
        print(f"{badge} {title} {first}".rstrip())
        print("".join(f"{line}\n" for line in lines), end="", flush=True)

    def _lines(self, text: str, indent: int) -> Iterator[str]:
        """Wrap a text; a word that is too long, such as a fingerprint, gets a separate line."""
        cells = self._columns - indent
        for line in textwrap.wrap(
            printable_line(text), cells, break_long_words=False, break_on_hyphens=False
        ):
            yield f"{ADVICE_INDENT if len(line) > cells else ' ' * indent}{line}"

    def end(self) -> None:
        problems = _amount(self._counts[Status.PROBLEM], "problem").capitalize()
        notes = _amount(self._counts[Status.NOTE], "note")
        print(f"\n{problems}, {notes}. Nothing was downloaded or deleted.")


class _JsonReport:
    """One array of all findings, printed at the end."""

    def __init__(self) -> None:
        self._findings: list[dict[str, Any]] = []

    def begin(self) -> None:
        """Print nothing yet."""

    def add(self, finding: Finding) -> None:
        self._findings.append(
            {
                "check": finding.check,
                "status": finding.status.value,
                "text": finding.text,
                "advice": finding.advice,
                "data": dict(finding.data),
            }
        )

    def end(self) -> None:
        text = json.dumps(self._findings, indent=1, ensure_ascii=not stdout_is_utf8())
        print("\n".join(map(escaped, text.split("\n"))))


def _amount(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _add_arguments(parser: ArgumentParser) -> None:
    add_target(parser, optional=True)
    parser.add_argument("--json", action="store_true", help="print one JSON array of the findings")
    add_connection(parser)
    add_common(parser)


NOTES = """\
It checks addresses, TLS and certificates, the server's capabilities, how poptui
logs in and why, listings and UIDs (with a second login), TOP, and pipelining.
It sends no RETR and no DELE, so nothing is downloaded or deleted.

Each line begins with ok, note or PROBLEM; advice is on the lines below it.
Exit codes: 0 no problem, 1 a problem, 2 usage, 130 interrupted.

JSON: [{"check", "status": "ok" | "note" | "problem", "text", "advice", "data"}]
"""

COMMAND = CliCommand(
    "poptui doctor",
    "See how a server behaves, and what poptui does about it.",
    _add_arguments,
    run_doctor,
    NOTES,
)
