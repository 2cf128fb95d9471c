"""How well headers alone tell spam: precision, recall, the confusion table, and what erred.

Without folders a labelled set of our own is judged; ``--spam DIR --ham DIR`` judge real mail: one
message a file, Maildirs and mbox files alike. Nothing is learned and no friend is known.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from poptui.mail.headers.decode import decode_fields
from poptui.mail.headers.split import split_header
from poptui.printable import printable_line
from poptui.triage.spam.filter_headers import VERDICT_FIELDS
from poptui.triage.spam.judge import judge
from poptui.triage.spam.score import Weights, explain
from poptui.triage.spam.verdict import Context, Verdict
from tests.triage.letters import blocks
from tests.triage.unwanted import UNWANTED
from tests.triage.wanted import WANTED

ROUNDS = 40
"""Variations of each kind of our own letters."""

TIMES = 3
"""How often each message is judged: the quickest counts, for others use the machine, too."""

MAX_READ = 512 * 1024
_FROM_LINE = re.compile(rb"(?:\A|(?<=\n))>?From [^\n]{1,200}\n(?=[!-9;-~]{1,60}:)")
_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"\r?\n(?![ \t])")
_SERVER_SCORES = re.compile(rb"x-(?:[a-z0-9-]*spam[a-z0-9-]*|microsoft-antispam.*|forefront-.*)")


@dataclass(frozen=True)
class Judged:
    """One message and what came of it."""

    name: str
    spam: bool
    verdict: Verdict
    score: float
    microseconds: float
    octets: int


def letters_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The header block of every message under ``folder``, hidden files aside."""
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
    """``block`` as if no filter had seen it: what filters wrote taken out."""
    kept = [line for line in _FIELD.split(block) if not _is_score(line)]
    return b"\r\n".join(kept)


def _is_score(line: bytes) -> bool:
    name = line.partition(b":")[0].strip().lower()
    return name in VERDICT_FIELDS or _SERVER_SCORES.fullmatch(name) is not None


def judged(letters: Iterable[tuple[str, bytes]], spam: bool, weights: Weights) -> Iterator[Judged]:
    """Each letter with its verdict and the time that judging took, decoding aside."""
    context = Context()
    for name, block in letters:
        fields = split_header(block)
        header = decode_fields(fields)
        times = []
        for _ in range(TIMES):
            start = perf_counter()
            verdict = judge(fields, header, context)
            times.append(perf_counter() - start)
        yield Judged(name, spam, verdict, weights.score(verdict), min(times) * 1e6, len(block))


def report(results: list[Judged], weights: Weights, shown: int) -> str:
    """The table, the figures, and the letters that were taken for what they are not."""
    counts = Counter((one.spam, one.score >= weights.threshold) for one in results)
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
    ]
    lines += _erred("Ham taken for spam", [r for r in results if _over(r, weights, False)], weights)
    lines += _erred("Spam not found", [r for r in results if _over(r, weights, True)], weights)
    return "\n".join([*lines, *_examples(results, weights, shown)])


def _over(one: Judged, weights: Weights, spam: bool) -> bool:
    """Whether it is on the wrong side."""
    return one.spam is spam and (one.score >= weights.threshold) is not spam


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "–"


def _cost(results: list[Judged]) -> str:
    times = sorted(one.microseconds for one in results)
    size = median(one.octets for one in results)
    last = times[min(len(times) - 1, len(times) * 99 // 100)]
    spent = f"{median(times):.0f} µs median, {last:.0f} µs p99"
    return f"  judging    {spent}, blocks of {size:.0f} octets"


def _erred(title: str, results: list[Judged], weights: Weights) -> list[str]:
    """The signals of misjudged letters: how often, and the points they gave in all."""
    count: Counter[str] = Counter()
    points: dict[str, float] = defaultdict(float)
    for one in results:
        for reason in explain(one.verdict, weights):
            count[reason.name] += 1
            points[reason.name] += reason.weight
    rows = sorted(count, key=lambda name: -abs(points[name]))[:20]
    told = [f"  {name:24} {count[name]:6} × {points[name]:+9.1f}" for name in rows]
    return ["", f"{title}: {len(results)}", *told]


def _examples(results: list[Judged], weights: Weights, shown: int) -> list[str]:
    lines: list[str] = []
    for spam in (False, True):
        for one in [r for r in results if _over(r, weights, spam)][:shown]:
            lines.append(f"\n{printable_line(one.name)}: {one.score:.1f}")
            lines += [f"  {r.weight:+5.1f} {r.sentence}" for r in explain(one.verdict, weights)]
    return lines


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-triage ARGS=…", description=__doc__)
    parser.add_argument("--spam", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--ham", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument(
        "--without-server-score", action="store_true", help="take out what filters wrote"
    )
    parser.add_argument("--threshold", type=float, default=Weights().threshold)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="N letters that erred")
    given = parser.parse_args(arguments)
    for folder in (*given.spam, *given.ham):
        if not folder.is_dir():
            parser.error(f"{folder} is no folder")
    return given


def run(arguments: list[str]) -> int:
    """The command: prints the report; 1 where there was nothing to judge."""
    given = _options(arguments)
    weights = Weights(threshold=given.threshold)
    results: list[Judged] = []
    for spam, folders, kinds in ((True, given.spam, UNWANTED), (False, given.ham, WANTED)):
        found = (letter for folder in folders for letter in letters_in(folder))
        letters = found if given.spam or given.ham else blocks(kinds, ROUNDS, seed=1)
        if given.without_server_score:
            letters = ((name, without_server_scores(block)) for name, block in letters)
        results += judged(letters, spam, weights)
    if not results:
        print("There are no messages in these folders.", file=sys.stderr)
        return 1
    print(report(results, weights, given.show))
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
