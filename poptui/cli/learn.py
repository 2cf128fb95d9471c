"""``poptui learn``: teach what is spam and what is not, from the mailbox or from saved files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from poptui.cli import options
from poptui.cli.command import TARGETS, CliCommand
from poptui.cli.message_selector import MessageSelector
from poptui.cli.session import context_of, mailbox_of, session_scope, settings_and_scorer
from poptui.errors import ExitCode, PoptuiError, UsageError, quoted
from poptui.mailbox.scoring.scorer import Scorer
from poptui.storage.learned_words import open_learned
from poptui.storage.settings import Settings
from poptui.threads import run_detached
from poptui.triage.filters.help import FILTER_HELP
from poptui.triage.spam.training import TrainingExample

MAX_FILE_BYTES = 512 * 1024 * 1024
"""Bytes of one file that are read; larger mbox files must be split."""

MAX_HEADER_BYTES = 256 * 1024
"""Bytes of a message in which its header must end."""


class LearnError(PoptuiError):
    """Nothing could be learned."""

    exit_code = ExitCode.NO


async def learn(given: Namespace) -> int:
    """Teach, and tell how much. Raises PoptuiError."""
    spam = given.kind == "spam"
    if bool(given.files) == (given.filter is not None):
        raise UsageError("Say what to learn from: files, or --filter for messages of the mailbox.")
    settings, scorer = settings_and_scorer(given)
    if given.files:
        taught = await run_detached(lambda: _teach_files(settings, given.files, spam))
    else:
        taught = await _teach_mailbox(given, settings, scorer, spam)
    noun = "message" if taught == 1 else "messages"
    print(f"{taught:,} {noun} learned as {'spam' if spam else 'not spam'}.")
    sys.stdout.flush()
    return ExitCode.DONE if taught else ExitCode.NO


async def _teach_mailbox(given: Namespace, settings: Settings, scorer: Scorer, spam: bool) -> int:
    chooser = MessageSelector(scorer)
    filter_ = chooser.filter(given.filter)
    mailbox = await mailbox_of(
        settings, stdin=given.password_stdin, background=False, scorer=scorer
    )
    await mailbox.connect()
    async with session_scope(mailbox):
        chosen = await chooser.chosen(mailbox, filter_)
        await chooser.load(mailbox, chosen)
        taught = await scorer.teach(chosen, spam)
    if scorer.trouble:
        raise LearnError(scorer.trouble)
    return taught


def _teach_files(settings: Settings, names: Sequence[str], spam: bool) -> int:
    examples = [_example(block, settings, spam) for name in names for block in _headers(name)]
    opened = open_learned(settings.server.account)
    try:
        opened.teach(examples)
        if not opened.on:
            raise LearnError(opened.trouble)
    finally:
        opened.close()
    return len(examples)


def _example(block: bytes, settings: Settings, spam: bool) -> TrainingExample:
    """What one header teaches. A message is known by its header, so that it teaches once."""
    from poptui.mail.headers.decode import decode_fields
    from poptui.mail.headers.split import split_header
    from poptui.triage.spam.bayes import tokens_of
    from poptui.triage.spam.judge import judge

    fields = split_header(block)
    header = decode_fields(fields)
    verdict = judge(fields, header, context_of(settings.server))
    uid = f"file:{sha256(block).hexdigest()[:32]}"
    return TrainingExample(uid, spam, tokens_of(header, verdict))


def _headers(name: str) -> Iterator[bytes]:
    """The header of every message in a file, an mbox file, or a folder of files."""
    path = Path(name)
    try:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.stat().st_size > MAX_FILE_BYTES:
                raise LearnError(f"{quoted(str(file))} is larger than 512 MB: split it.")
            yield from headers_in(file.read_bytes())
    except OSError as error:
        raise LearnError(f"{quoted(name)} cannot be read: {error.strerror}.") from None


def headers_in(octets: bytes) -> Iterator[bytes]:
    """The header of each message of a file; an mbox file has several, each after a From line."""
    starts = [0]
    if octets.startswith(b"From "):
        starts, at = [], 0
        while True:
            starts.append(octets.find(b"\n", at) + 1 or len(octets))
            at = octets.find(b"\n\nFrom ", starts[-1])
            if at < 0:
                break
            at += 2
    for start in starts:
        block = octets[start : start + MAX_HEADER_BYTES]
        ends = [end for blank in (b"\n\n", b"\r\n\r\n") if (end := block.find(blank)) >= 0]
        if header := block[: min(ends)] if ends else block:
            yield header + b"\r\n\r\n"


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=("spam", "ham"), help="what the messages are")
    options.target(parser)
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="messages (.eml), mbox files, or folders of them"
    )
    parser.add_argument("--filter", metavar="EXPR", help="learn from messages of the mailbox")
    options.connection(parser)


NOTES = """\
What is learned stays on this machine and adds one signal to the score, from 20
messages of each kind on. Who is among your friends is never judged by it. Learning
a message as the other kind takes the first lesson back.

examples:
  poptui learn spam work --filter "from:@offers.example"
  poptui learn ham work --filter "older:1y subject:choir"
  poptui learn spam work junk.mbox ~/Maildir/.Junk/cur
"""

COMMAND = CliCommand(
    "poptui learn",
    "Teach what is spam and what is not.",
    _options,
    learn,
    f"{NOTES}\n{FILTER_HELP}\n{TARGETS}",
)
