"""Fuzz one target for some time: ``python -m tests.fuzz.run TARGET SECONDS FOLDER``.

It ends with a line ``executions N``; a failing input is left in FOLDER, and the exit code is 1.
"""

from __future__ import annotations

import random
import sys
import time
from hashlib import sha256
from pathlib import Path

SLOWEST = 20
"""Maximum time for one input."""
LONGEST = 20_000
"""Maximum size of one input."""


def guided(name: str, seconds: int, folder: Path) -> None:
    """Fuzz with atheris, which is guided by coverage; this ends the process."""
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
    """Fuzz with random mutations."""
    from tests.fuzz.mutation import mutated
    from tests.fuzz.seeds import seeds
    from tests.fuzz.targets import TARGETS

    corpus, rng = seeds(name), random.Random()
    until, executions = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        octets = mutated(corpus, rng)[:LONGEST]
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
    """Fuzz with atheris if it is installed, else with random mutations."""
    name, seconds, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    try:
        import atheris  # noqa: F401
    except ImportError:
        return blind(name, seconds, folder)
    guided(name, seconds, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
