"""Time to load headers by round trip: poptui, a raw socket, poplib, mutt and neomutt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import inf
from pathlib import Path
from statistics import median

from tests.benchmarks.bench import FULL, Bench
from tests.benchmarks.mutts import NAMES, index_seconds, installed
from tests.benchmarks.plot import Point, draw
from tests.benchmarks.poptui_headers import list_program, load_headers
from tests.benchmarks.readers import Timing, count_headers, poplib_headers
from tests.benchmarks.reasons import reason
from tests.benchmarks.relay import Relay
from tests.benchmarks.servers import ServedMailbox
from tests.benchmarks.table import NONE, Target, at_most, seconds

FLOOR, LOAD, LIST, POPLIB = "raw socket", "poptui load", "poptui list", "poplib"
DECODED = "all judged"
CLIENTS = (FLOOR, LOAD, DECODED, LIST, POPLIB, *NAMES)
PICTURED = (FLOOR, LOAD, LIST, POPLIB, *NAMES)
PLOTTED = 1_000
RACES = ((1_000, 0.0), (1_000, 0.05), (1_000, 0.1), (1_000, 0.2), (10_000, 0.0), (10_000, 0.1))
"""Messages and round trips in seconds."""
SLOW_UP_TO = 1_000
"""The largest mailbox for clients that wait for each reply, by round trip."""
AT_ONCE = 1_000
"""How many messages poplib loads if there is no delay."""
ABOVE_FLOOR = 1.3
"""The target for loading, as a multiple of a raw socket."""
WHOLE = {(1_000, 0.05): 1.2, (10_000, 0.0): 2.5}
"""The target for ``poptui list``, in seconds."""
PLACE = Path("screenshots", "round-trips.svg")

Race = dict[str, Timing]


def compare(bench: Bench) -> None:
    """Run all clients; put the table into the report and the picture into a file."""
    races = {(count, rtt): _race(bench, count, rtt) for count, rtt in RACES}
    headings = ["headers", "round trip", *CLIENTS[:2], "× floor", *CLIENTS[2:], "targets"]
    bench.report.table(headings, [_row(*key, race) for key, race in races.items()])
    _explain(bench)
    for (count, rtt), race in races.items():
        if any(not target.met for target in _targets(count, rtt, race)):
            why = reason(f"headers, {rtt * 1000:g} ms")
            bench.report.say(f"MISS {count:,} headers at {rtt * 1000:g} ms: {why}")
    bench.report.say()
    if bench.scale is FULL:
        _plot(bench, races)


def _race(bench: Bench, count: int, rtt: float) -> Race:
    bench.progress(f"{count:,} headers at {rtt * 1000:g} ms")
    box = bench.servers.mailbox(count)
    with Relay(box.port, rtt) as relay:
        race = _fast(bench, box, relay.port)
        if not rtt or count <= SLOW_UP_TO:
            race |= _slow(bench, box, relay.port, rtt)
    return race


def _fast(bench: Bench, box: ServedMailbox, port: int) -> Race:
    """Time the pipelining clients in turn, so that a disturbance hits all of them."""
    floors, loads, lists = [], [], []
    for _ in range(bench.scale.runs):
        floors += bench.attempt(lambda: count_headers(port, box.user, box.password).seconds)
        loads += bench.attempt(lambda: load_headers(box, port))
        lists += bench.attempt(lambda: list_program(box, port, bench.fresh()))
    times = {
        FLOOR: floors,
        LOAD: [load.here for load in loads],
        DECODED: [load.decoded for load in loads],
        LIST: lists,
    }
    return {name: Timing(median(some)) for name, some in times.items() if some}


def _slow(bench: Bench, box: ServedMailbox, port: int, rtt: float) -> Race:
    if rtt:
        return _guesses(bench, box, port, rtt)
    race = {POPLIB: poplib_headers(port, box.user, box.password, AT_ONCE)}
    for name in installed():
        for figure in bench.attempt(partial(index_seconds, name, box, port, bench.home)):
            race[name] = Timing(figure)
    return race


def _guesses(bench: Bench, box: ServedMailbox, port: int, rtt: float) -> Race:
    """Time the waiting clients concurrently on a sample, and extrapolate to all of ``box``."""
    sample, names = bench.scale.sample, installed()
    boxes = {some: bench.servers.mailbox(some) for some in (1, sample)}
    with ThreadPoolExecutor() as pool:
        poplib = pool.submit(poplib_headers, port, box.user, box.password, sample)
        waiting = {
            (name, some): pool.submit(_seconds_at, rtt, name, boxes[some], bench.home)
            for name in names
            for some in boxes
        }
        race = {POPLIB: poplib.result()}
    for name in names:
        one, few = (waiting[name, some].result() for some in boxes)
        each = (few - one) / (sample - 1)
        race[name] = Timing(one + each * (box.count - 1), sample)
    return race


def _seconds_at(rtt: float, name: str, box: ServedMailbox, home: Path) -> float:
    with Relay(box.port, rtt) as relay:
        return index_seconds(name, box, relay.port, home)


def _row(count: int, rtt: float, race: Race) -> list[str]:
    cells = [_shown(race.get(name)) for name in CLIENTS]
    share = f"{_above_floor(race):.2f}"
    verdicts = "; ".join(str(target) for target in _targets(count, rtt, race))
    return [f"{count:,}", f"{rtt * 1000:g} ms", *cells[:2], share, *cells[2:], verdicts]


def _above_floor(race: Race) -> float:
    return _seconds(race, LOAD) / _seconds(race, FLOOR)


def _seconds(race: Race, name: str) -> float:
    """Return the time of a client; infinite if it failed."""
    return race[name].seconds if name in race else inf


def _shown(timing: Timing | None) -> str:
    return seconds(timing.seconds, guessed=timing.sampled > 0) if timing else NONE


def _targets(count: int, rtt: float, race: Race) -> list[Target]:
    targets = [at_most(_above_floor(race), ABOVE_FLOOR, "× floor")]
    if most := WHOLE.get((count, rtt)):
        targets.append(at_most(_seconds(race, LIST), most, " s list"))
    if (count, rtt) in WHOLE and "neomutt" in race:
        half = race["neomutt"].seconds / 2
        targets.append(Target("< ½ neomutt", _seconds(race, LIST) < half))
    return targets


def _explain(bench: Bench) -> None:
    say, scale = bench.report.say, bench.scale
    say("raw socket: every TOP in one burst, replies only counted. poptui load: until every header")
    say("is here, over a session that stands; all judged: until every one is decoded and judged")
    say("too, what is on screen first and the rest while the line rests. poptui list: the whole")
    say("process, login to JSON lines. poplib: one TOP at a time, login not counted. mutt,")
    say("neomutt: the whole program until its index stands, without a cache.")
    say(f"~: extrapolated from {scale.sample} messages, for all would take minutes;")
    say(f"poplib without delay from {AT_ONCE:,}.")
    say(f"Median of {scale.runs} runs for the first four, one run for the others.")
    for name in NAMES:
        if name not in installed():
            say(f"{name} is not installed here and was left out.")
    say()


def _plot(bench: Bench, races: dict[tuple[int, float], Race]) -> None:
    curves: dict[str, list[Point]] = {}
    for (count, rtt), race in races.items():
        for name, timing in race.items() if count == PLOTTED else ():
            if name not in PICTURED:
                continue
            point = Point(rtt, timing.seconds, timing.sampled > 0)
            curves.setdefault(name, []).append(point)
    title = f"Headers of {PLOTTED:,} messages: time against round trip"
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(draw(title, f"{bench.machine}", curves), "utf-8")
