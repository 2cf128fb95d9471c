"""The entry point of ``python -m poptui`` and of the console script."""

import gc
import sys


def run() -> None:
    """Run the command line. Ctrl-C ends it quietly even while modules load.

    The collector is off meanwhile: what modules hold lives for the whole run.
    """
    gc.disable()
    try:
        from poptui.cli.main import run as go
    except KeyboardInterrupt:
        sys.exit(130)
    go()


if __name__ == "__main__":
    run()
