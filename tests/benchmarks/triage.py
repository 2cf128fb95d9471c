"""Measure how well headers tell spam: recall by rate of false positives, and what went wrong.

Without folders a labelled set of our own is judged; ``--spam DIR --ham DIR`` judge real mail: one
message a file, Maildirs and mbox files alike. No friend is known. With ``--train N`` the first N of
each kind teach the learned model, and the others are scored with its opinion.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

from poptui.mail.headers.decode import decode_fields, split_header
from poptui.mail.headers.header import Header
from poptui.printable import printable_line
from poptui.triage.learning.bayes import Counts, learned_signal, tokens_of
from poptui.triage.spam.filter_headers import VERDICT_FIELDS
from poptui.triage.spam.judge import judge
from poptui.triage.spam.score import Weights, explain
from poptui.triage.spam.verdict import Context, Verdict
from tests.triage.draft import blocks
from tests.triage.unwanted import UNWANTED
from tests.triage.wanted import WANTED

ROUNDS = 40
"""How many variations of each kind of sample message to make."""

TIMES = 3
"""How often each message is scored; the quickest counts, as the machine is shared."""

HARMLESS = 3.0
"""What most ordinary mail should stay below."""

RATES = (0.01, 0.005, 0.001)
"""Rates of false positives at which recall is reported."""

MAX_READ = 512 * 1024
_FROM_LINE = re.compile(rb"(?:\A|(?<=\n))>?From [^\n]{1,200}\n(?=[!-9;-~]{1,60}:)")
_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"\r?\n(?![ \t])")
_SERVER_SCORES = re.compile(rb"x-(?:[a-z0-9-]*spam[a-z0-9-]*|microsoft-antispam.*|forefront-.*)")


@dataclass(frozen=True)
class Judged:
    """One message and its result."""

    name: str
    folder: str
    spam: bool
    header: Header
    verdict: Verdict
    points: float
    """The score before it is limited to 0 to 10."""
    microseconds: float
    octets: int

    @property
    def score(self) -> float:
        return round(min(max(self.points, 0.0), 10.0), 1)


def messages_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the header block of every message under ``folder``, without hidden files."""
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(".") or not path.is_file():
            continue
        octets = path.read_bytes()
        starts = [found.end() for found in _FROM_LINE.finditer(octets)]
        if len(starts) < 2:
            yield path.name, _block(octets[starts[0] if starts else 0 :][:MAX_READ])
            continue
        for number, start in enumerate(starts, 1):
            yield f"{path.name}#{number}", _block(octets[start : start + MAX_READ])


def _block(octets: bytes) -> bytes:
    end = _END.search(octets)
    return octets[: end.end()] if end else octets


def without_server_scores(block: bytes) -> bytes:
    """Return ``block`` without the header fields that spam filters add."""
    kept = [line for line in _FIELD.split(block) if not _is_score(line)]
    return b"\r\n".join(kept)


def _is_score(line: bytes) -> bool:
    name = line.partition(b":")[0].strip().lower()
    return name in VERDICT_FIELDS or _SERVER_SCORES.fullmatch(name) is not None


def judged(
    folder: str,
    messages: Iterable[tuple[str, bytes]],
    spam: bool,
    weights: Weights,
    context: Context,
) -> Iterator[Judged]:
    """Score each message; return its verdict and the time, without decoding."""
    for name, block in messages:
        fields = split_header(block)
        header = decode_fields(fields)
        times = []
        for _ in range(TIMES):
            start = perf_counter()
            verdict = judge(fields, header, context)
            times.append(perf_counter() - start)
        points = _points(verdict, weights)
        yield Judged(name, folder, spam, header, verdict, points, min(times) * 1e6, len(block))


def _points(verdict: Verdict, weights: Weights) -> float:
    return sum(weights.points(signal) for signal in verdict.signals)


def trained(results: list[Judged], number: int, weights: Weights) -> list[Judged]:
    """Return the messages not used for training, scored after learning ``number`` of each kind."""
    spam, ham, rest = list[Judged](), list[Judged](), list[Judged]()
    for result in random.Random(1).sample(results, len(results)):
        taught = spam if result.spam else ham
        (taught if len(taught) < number else rest).append(result)
    tokens: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for result in (*spam, *ham):
        for token in tokens_of(result.header, result.verdict):
            tokens[token][0 if result.spam else 1] += 1
    counts = Counts(len(spam), len(ham), {token: (s, h) for token, (s, h) in tokens.items()})
    return [_with_opinion(result, counts, weights) for result in rest]


def _with_opinion(result: Judged, counts: Counts, weights: Weights) -> Judged:
    learned = learned_signal(counts, tokens_of(result.header, result.verdict))
    verdict = result.verdict.plus(learned) if learned else result.verdict
    return replace(result, verdict=verdict, points=_points(verdict, weights))


def report(results: list[Judged], weights: Weights, shown: int) -> str:
    """Return the table, the figures, and the misjudged messages."""
    counts = Counter((result.spam, result.score >= weights.threshold) for result in results)
    hit, missed = counts[True, True], counts[True, False]
    wrong, right = counts[False, True], counts[False, False]
    lines = [
        f"Threshold {weights.threshold:g}, {len(results)} messages",
        "",
        "             taken for spam   taken for ham",
        f"  spam       {hit:14}   {missed:13}",
        f"  ham        {wrong:14}   {right:13}",
        "",
        f"  precision  {_share(hit, hit + wrong)}   recall  {_share(hit, hit + missed)}"
        f"   ham over the threshold  {_share(wrong, wrong + right)}",
        _cost(results),
        *_at_rates(results),
        *_by_folder(results, weights),
    ]
    lines += _erred("Ham taken for spam", [r for r in results if _over(r, weights, False)], weights)
    lines += _erred("Spam not found", [r for r in results if _over(r, weights, True)], weights)
    return "\n".join([*lines, *_examples(results, weights, shown)])


def _at_rates(results: list[Judged]) -> list[str]:
    """Return the recall at the lowest threshold that keeps within each rate."""
    ham = sorted((result.points for result in results if not result.spam), reverse=True)
    spam = [result.points for result in results if result.spam]
    if not ham or not spam:
        return []
    lines = ["", "  ham over      threshold      recall"]
    for rate in RATES:
        allowed = int(len(ham) * rate)
        limit = ham[allowed] if allowed < len(ham) else 0.0
        found = sum(points > limit for points in spam)
        lines.append(f"  {100 * rate:5.1f} %   {limit:12.1f}   {_share(found, len(spam)):>12}")
    return lines


def _by_folder(results: list[Judged], weights: Weights) -> list[str]:
    """Return each folder with its share of misjudged messages, and the signals to blame."""
    folders = dict.fromkeys((result.folder, result.spam) for result in results)
    lines = ["", f"  {'folder':32} {'kind':5} {'number':>7} {'wrong':>8}   over 3   erring signals"]
    for folder, spam in folders:
        here = [result for result in results if (result.folder, result.spam) == (folder, spam)]
        wrong = [result for result in here if _over(result, weights, spam)]
        near = sum(result.score >= HARMLESS for result in here)
        sums: Counter[str] = Counter()
        for result in wrong:
            for reason in explain(result.verdict, weights):
                if (reason.weight > 0) is not spam:
                    sums[reason.name] += 1
        erring = ", ".join(f"{name} {times}" for name, times in sums.most_common(4))
        lines.append(
            f"  {folder[-32:]:32} {'spam' if spam else 'ham':5} {len(here):7}"
            f" {_share(len(wrong), len(here)):>8} {_share(near, len(here)):>8}   {erring}"
        )
    return lines


def _over(result: Judged, weights: Weights, spam: bool) -> bool:
    """Return whether a message is misjudged."""
    return result.spam is spam and (result.score >= weights.threshold) is not spam


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "–"


def _cost(results: list[Judged]) -> str:
    times = sorted(result.microseconds for result in results)
    size = median(result.octets for result in results)
    last = times[min(len(times) - 1, len(times) * 99 // 100)]
    spent = f"{median(times):.0f} µs median, {last:.0f} µs p99"
    return f"  judging    {spent}, blocks of {size:.0f} octets"


def _erred(title: str, results: list[Judged], weights: Weights) -> list[str]:
    """Count the signals of misjudged messages: how often, and their points in total."""
    count: Counter[str] = Counter()
    points: dict[str, float] = defaultdict(float)
    for result in results:
        for reason in explain(result.verdict, weights):
            count[reason.name] += 1
            points[reason.name] += reason.weight
    rows = sorted(count, key=lambda name: -abs(points[name]))[:20]
    counts = [f"  {name:24} {count[name]:6} × {points[name]:+9.1f}" for name in rows]
    return ["", f"{title}: {len(results)}", *counts]


def _examples(results: list[Judged], weights: Weights, shown: int) -> list[str]:
    lines: list[str] = []
    for spam in (False, True):
        for result in [r for r in results if _over(r, weights, spam)][:shown]:
            lines.append(f"\n{printable_line(result.name)}: {result.score:.1f}")
            lines += [f"  {r.weight:+5.1f} {r.sentence}" for r in explain(result.verdict, weights)]
    return lines


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-triage ARGS=…", description=__doc__)
    parser.add_argument("--spam", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--ham", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument(
        "--without-server-score", action="store_true", help="take out what filters wrote"
    )
    parser.add_argument(
        "--address", action="append", default=[], metavar="ADDRESS", help="the receiver's"
    )
    parser.add_argument("--train", type=int, default=0, metavar="N", help="teach N of each kind")
    parser.add_argument("--threshold", type=float, default=Weights().threshold)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="N messages that erred")
    given = parser.parse_args(arguments)
    for folder in (*given.spam, *given.ham):
        if not folder.is_dir():
            parser.error(f"{folder} is no folder")
    return given


def run(arguments: list[str]) -> int:
    """Run the command: print the report; return 1 if there was nothing to score."""
    given = _options(arguments)
    weights = Weights(threshold=given.threshold)
    context = Context(frozenset(address.lower() for address in given.address))
    results: list[Judged] = []
    for spam, folders, kinds in ((True, given.spam, UNWANTED), (False, given.ham, WANTED)):
        sources = [(folder.name, messages_in(folder)) for folder in folders]
        if not (given.spam or given.ham):
            sources = [("our own", blocks(kinds, ROUNDS, seed=1))]
        for name, messages in sources:
            if given.without_server_score:
                messages = ((n, without_server_scores(block)) for n, block in messages)
            results += judged(name, messages, spam, weights, context)
    if given.train:
        results = trained(results, given.train, weights)
    if not results:
        print("There are no messages in these folders.", file=sys.stderr)
        return 1
    print(report(results, weights, given.show))
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
