"""One target until its time is over: ``python -m tests.fuzz.run TARGET SECONDS FOLDER``.

It ends with a line ``executions N``; a find is left in FOLDER and ends it with 1.
"""

from __future__ import annotations

import random
import sys
import time
from hashlib import sha256
from pathlib import Path

SLOWEST = 20
"""Seconds that one input may take."""
LONGEST = 20_000
"""Octets of one input."""


def guided(name: str, seconds: int, folder: Path) -> None:
    """With atheris, which follows what code is reached; ends the process."""
    import atheris

    with atheris.instrument_imports(include=["poptui"]):
        from tests.fuzz.targets import TARGETS
    from tests.fuzz.seeds import seeds

    corpus = folder / f"corpus-{name}"
    corpus.mkdir(parents=True, exist_ok=True)
    for octets in seeds(name):
        (corpus / sha256(octets).hexdigest()[:16]).write_bytes(octets)
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-artifact_prefix={folder / name}-",
            f"-timeout={SLOWEST}",
            f"-max_len={LONGEST}",
            "-rss_limit_mb=4096",
            "-print_final_stats=1",
            str(corpus),
        ],
        TARGETS[name],
    )
    atheris.Fuzz()


def blind(name: str, seconds: int, folder: Path) -> int:
    """With changes at random."""
    from tests.fuzz.mutation import mutated
    from tests.fuzz.seeds import seeds
    from tests.fuzz.targets import TARGETS

    corpus, chance = seeds(name), random.Random()
    until, executions = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        octets = mutated(corpus, chance)[:LONGEST]
        try:
            TARGETS[name](octets)
        except Exception:
            (folder / f"{name}-{sha256(octets).hexdigest()[:16]}").write_bytes(octets)
            print(f"executions {executions}", flush=True)
            raise
        executions += 1
    print(f"executions {executions}")
    return 0


def main() -> int:
    """Fuzz with what there is."""
    name, seconds, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    try:
        import atheris  # noqa: F401
    except ImportError:
        return blind(name, seconds, folder)
    guided(name, seconds, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
