"""``poptui learn`` trains the spam filter; ``poptui learned`` shows or resets its training."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from poptui.cli.command import TARGETS, CliCommand, add_common, add_connection, add_target
from poptui.cli.message_selector import selected_messages
from poptui.cli.session import context_of, settings_and_scorer
from poptui.errors import ExitCode, PoptuiError, UsageError, quoted
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.wording import messages
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.storage.learned_words import LearnedWordsFile, learned_path, open_learned
from poptui.storage.settings import Settings
from poptui.threads import run_detached
from poptui.triage.filters.language import FILTER_HELP
from poptui.triage.learning.bayes import MIN_MESSAGES, Counts, probability
from poptui.triage.learning.training import TrainingExample

MAX_FILE_BYTES = 512 * 1024 * 1024
"""Maximum size of a file; larger mbox files must be split."""

MAX_WORDS = 10
"""Number of words of each kind that ``poptui learned show`` prints."""

MIN_SIGHTINGS = 3
"""``poptui learned show`` prints only words that were in at least this many messages."""


class LearnError(PoptuiError):
    """The messages, or the file of learned words, cannot be read or written."""

    exit_code = ExitCode.FAILURE


async def learn(options: Namespace) -> int:
    """Train the spam filter, and print on how many messages. Raises PoptuiError."""
    spam = options.kind == "spam"
    if bool(options.files) == (options.filter is not None):
        raise UsageError("Give the messages to learn from: either files, or --filter.")
    settings, scorer = settings_and_scorer(options)
    if options.files:
        learned_count = await run_detached(lambda: _teach_files(settings, options.files, spam))
    else:
        learned_count = await _teach_mailbox(options, settings, scorer, spam)
    print(f"{messages(learned_count)} learned as {'spam' if spam else 'not spam'}.")
    sys.stdout.flush()
    return ExitCode.DONE if learned_count else ExitCode.FAILURE


async def _teach_mailbox(options: Namespace, settings: Settings, scorer: Scorer, spam: bool) -> int:
    async with selected_messages(options, settings, scorer) as chosen:
        learned_count = await scorer.teach(chosen, spam)
    if scorer.problem:
        raise LearnError(scorer.problem)
    return learned_count


def _teach_files(settings: Settings, names: Sequence[str], spam: bool) -> int:
    examples = [_example(block, settings, spam) for name in names for block in _headers(name)]
    opened = open_learned(settings.server.account)
    try:
        opened.teach(examples)
        if not opened.on:
            raise LearnError(opened.problem)
    finally:
        opened.close()
    return len(examples)


def _example(block: bytes, settings: Settings, spam: bool) -> TrainingExample:
    """Make a training example of a header; its id is a hash, so a message counts only once."""
    from poptui.mail.headers.decode import decode_fields, split_header
    from poptui.triage.learning.bayes import tokens_of
    from poptui.triage.spam.judge import judge

    fields = split_header(block)
    header = decode_fields(fields)
    verdict = judge(fields, header, context_of(settings.server))
    uid = f"file:{sha256(block).hexdigest()[:32]}"
    return TrainingExample(uid, spam, tokens_of(header, verdict))


def _headers(name: str) -> Iterator[bytes]:
    """Yield the header of every message in a file, an mbox file, or a folder of files."""
    path = Path(name)
    try:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.stat().st_size > MAX_FILE_BYTES:
                raise LearnError(f"{quoted(str(file))} is larger than 512 MB. Split it first.")
            yield from headers_in(file.read_bytes())
    except OSError as error:
        raise LearnError(f"{quoted(name)} cannot be read: {error.strerror}.") from None


def headers_in(octets: bytes) -> Iterator[bytes]:
    """Yield the header of each message of a file; in an mbox file each follows a From line."""
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


async def learned(options: Namespace) -> int:
    """Show or reset what was learned for TARGET. Raises PoptuiError."""
    account = load_config().for_target(options.target).server.account
    if not learned_path().exists():
        print("Nothing has been learned yet.")
        return ExitCode.DONE
    opened = open_learned(account)
    try:
        opened.reset() if options.action == "reset" else _print_words(opened)
        if not opened.on:
            raise LearnError(opened.problem)
    finally:
        opened.close()
    return ExitCode.DONE


def _print_words(opened: LearnedWordsFile) -> None:
    counts = Counts(*opened.counts())
    print(f"{counts.spam:,} spam, {counts.ham:,} not spam.")
    if not counts.enough:
        print(f"It affects scores once there are {MIN_MESSAGES} of each.")
    known = [token for token, seen in counts.tokens.items() if sum(seen) >= MIN_SIGHTINGS]
    known.sort(key=lambda token: (probability(counts, token), token))
    for title, tokens in (
        ("wanted", known[:MAX_WORDS]),
        ("unwanted", known[: -MAX_WORDS - 1 : -1]),
    ):
        for token in tokens:
            print(f"  {title:8}  {probability(counts, token):.2f}  {printable_line(token)}")


def _add_learn_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=("spam", "ham"), help="what the messages are")
    add_target(parser)
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="messages (.eml), mbox files, or folders of them"
    )
    parser.add_argument("--filter", metavar="EXPR", help="learn from messages of the mailbox")
    add_connection(parser)
    add_common(parser)


def _add_learned_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("show", "reset"), help="show it, or start over")
    add_target(parser)
    add_common(parser)


LEARN_NOTES = """\
What poptui learns stays on this machine. It adds one signal to the score, once
there are 20 messages of each kind; mail from friends is never judged by it. If
you teach a message as the other kind, that replaces its first kind.

examples:
  poptui learn spam work --filter "from:@offers.example"
  poptui learn ham work --filter "older:1y subject:choir"
  poptui learn spam work junk.mbox ~/Maildir/.Junk/cur
"""

LEARNED_NOTES = f"""\
poptui learns only on this machine. Messages you delete unread are spam;
messages you open and keep, protect, or get from friends are not. You can also
teach it with 'poptui learn' and the keys J and H. It adds one signal to the
score.

{TARGETS}
examples:
  poptui learned show work     how much it has seen, and which words count most
  poptui learned reset work    start over
"""

LEARN = CliCommand(
    "poptui learn",
    "Teach what is spam and what is not.",
    _add_learn_arguments,
    learn,
    f"{LEARN_NOTES}\n{FILTER_HELP}\n{TARGETS}",
)
LEARNED = CliCommand(
    "poptui learned",
    "Show or reset the spam filter trained on your deletions.",
    _add_learned_arguments,
    learned,
    LEARNED_NOTES,
)
