"""Single figures: first screen, keys, first paint, decoding, memory, start-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from poptui.errors import PoptuiError
from tests.benchmarks.bench import Bench
from tests.benchmarks.lists import list_works
from tests.benchmarks.minimal import MinimalApp
from tests.benchmarks.mutts import installed
from tests.benchmarks.poptui_headers import POPTUI, environment, list_program, open_while_loading
from tests.benchmarks.processor import decoding, judging, starts, took
from tests.benchmarks.readers import count_first_screen
from tests.benchmarks.reasons import reason
from tests.benchmarks.relay import Relay
from tests.benchmarks.screens import (
    FIRST_SCREEN,
    IDLE,
    INTERFACE,
    MINIMAL,
    Octets,
    first_paint,
    first_screen,
    mutt_octets,
    poptui_octets,
    resident,
)
from tests.benchmarks.table import NONE, at_most, seconds
from tests.kit.environment import terminal_environment

Row = tuple[str, str, str, str]
"""What was measured, the figure, what it is compared with, the target."""

MANY, HUGE = 10_000, 50_000
LINE = 1e6
"""The rate of the slow connection, in bytes per second."""


def measure(bench: Bench) -> None:
    """Put all figures into the report as one table."""
    rows: list[Row] = []
    for part in PARTS:
        rows += _attempt(bench, part)
    bench.report.table(("figure", "poptui", "beside it", "target"), rows)
    for row in rows:
        if row[-1].endswith("MISS"):
            bench.report.say(f"MISS {row[0]}: {reason(row[0])}")


def _attempt(bench: Bench, part: Callable[[Bench], Iterator[Row]]) -> list[Row]:
    """Return the rows of a part, or one that says why it cannot be measured."""
    name = part.__name__.strip("_").replace("_", " ")
    bench.progress(name)
    try:
        return list(part(bench))
    except (AssertionError, OSError, PoptuiError) as error:
        bench.report.fail(f"{name}: {str(error).splitlines()[0]}")
        return [(name, "failed", NONE, "MISS")]


def _first_screen(bench: Bench) -> Iterator[Row]:
    box, home = bench.servers.mailbox(HUGE), bench.fresh()
    with Relay(box.port, 0.1) as relay:
        floor = count_first_screen(relay.port, box.user, box.password, FIRST_SCREEN)
        cold = [first_screen(box, relay.port, bench.fresh()) for _ in range(bench.scale.runs)]
        list_program(box, relay.port, home)
        kept = [first_screen(box, relay.port, home) for _ in range(bench.scale.runs)]
    for what, runs in (("fetched", cold), ("cached", kept)):
        figure = median(runs)
        yield (
            f"first {FIRST_SCREEN} headers of {HUGE:,} on the screen, 100 ms, {what}",
            seconds(figure),
            f"raw socket {seconds(floor)}",
            str(at_most(figure, 1.5, " s")),
        )


def _interactive(bench: Bench) -> Iterator[Row]:
    box = bench.servers.mailbox(MANY)
    with Relay(box.port, 0.1, LINE) as relay:
        runs = [open_while_loading(box, relay.port) for _ in range(bench.scale.runs)]
    what = f"Enter on a small message while {MANY:,} headers load, 100 ms, 1 MB/s"
    figure = median(runs)
    yield what, seconds(figure), "two round trips 0.2 s", str(at_most(figure, 0.25, " s"))


def _cached(bench: Bench) -> Iterator[Row]:
    what = "list of 1,000 again, headers cached, 50 ms"
    box, home = bench.servers.mailbox(1_000), bench.fresh()
    with Relay(box.port, 0.05) as relay:
        first, again = (list_program(box, relay.port, home) for _ in range(2))
    yield what, seconds(again), f"before it {seconds(first)}", NONE


def _keys(bench: Bench) -> Iterator[Row]:
    box = bench.servers.mailbox(1_000)
    with ThreadPoolExecutor() as pool:
        waiting = {name: pool.submit(mutt_octets, name, box, bench.home) for name in installed()}
        own = poptui_octets(box, bench.fresh())
        others = {name: future.result() for name, future in waiting.items()}

    def row(
        what: str, get: Callable[[Octets], float], most: int, times: float | None = None
    ) -> Row:
        """Compare with ``times`` the bytes of neomutt, or with ``most`` bytes if it isn't
        installed."""
        beside = ", ".join(f"{name} {get(octets):.0f}" for name, octets in others.items())
        if times and (neomutt := others.get("neomutt")):
            most = round(times * get(neomutt))
        return what, f"{get(own):.0f} B", beside or NONE, str(at_most(get(own), most, " B"))

    yield row("opening at 80x24, without COLORTERM", lambda octets: octets.opening, 2900, 1)
    yield row("cursor down", lambda octets: octets.down, 290, 1.5)
    yield row("cursor down at the edge, which scrolls", lambda octets: octets.scroll, 500)
    yield row("mark, and cursor down", lambda octets: octets.mark, 300, 1.5)
    yield row("unmark in place", lambda octets: octets.unmark, 200)
    yield row(f"idle for {IDLE:g} s", lambda octets: octets.idle, 0)


def _paint(bench: Bench) -> Iterator[Row]:
    box = bench.servers.mailbox(1)
    runs, least = [], []
    for _ in range(max(3, bench.scale.runs)):
        least.append(first_paint(MINIMAL, terminal_environment(bench.home), bench.home)[0])
        command = (*POPTUI, box.url())
        runs.append(first_paint(command, environment(box, bench.home), bench.home, INTERFACE))
    words, interfaces = zip(*runs, strict=True)
    for what, own in (("first word on the terminal", words), ("interface painted", interfaces)):
        share = median(own) / median(least)
        beside = f"{MinimalApp.__name__} {seconds(median(least))}, {share:.2f}×"
        yield what, seconds(median(own)), beside, str(at_most(share, 1.5, "×"))


def _decode(bench: Bench) -> Iterator[Row]:
    for work, measured, octets, most in (
        ("decode", decoding, 3_000, 100),
        ("decode", decoding, 10_000, 200),
        ("judge", judging, 3_000, 60),
    ):
        cost = measured(octets)
        what = f"{work} a header block of {octets // 1000} kB, median"
        target = at_most(cost.median, most, " µs")
        yield what, f"{cost.median:.0f} µs", f"p99 {cost.p99:.0f} µs", str(target)


def _list(bench: Bench) -> Iterator[Row]:
    """Return the rows for sorting and filtering, each the better of two tries."""
    for what, work in list_works(HUGE).items():
        figure = min(took(work), took(work)) * 1e3
        yield (
            f"{what} of {HUGE:,} messages",
            f"{figure:.0f} ms",
            NONE,
            str(at_most(figure, 100, " ms")),
        )


def _memory(bench: Bench) -> Iterator[Row]:
    for count, most in ((MANY, 90), (HUGE, 150)):
        figure = resident(bench.servers.mailbox(count), bench.fresh())
        what = f"resident at {count:,} messages, interface included"
        yield what, f"{figure:.0f} MB", NONE, str(at_most(figure, most, " MB"))


def _starts(bench: Bench) -> Iterator[Row]:
    took = starts(bench.servers.mailbox(1), bench.home, max(3, bench.scale.runs))
    for what, figure in (("poptui --help", took.help), ("poptui list, one message", took.list)):
        share = figure / took.bare
        beside = f"bare interpreter {seconds(took.bare)}, {share:.2f}×"
        yield what, seconds(figure), beside, str(at_most(share, 2, "×"))


PARTS = (
    _first_screen,
    _interactive,
    _cached,
    _keys,
    _paint,
    _decode,
    _list,
    _memory,
    _starts,
)
