"""The entry point of ``python -m poptui`` and of the console script."""

import gc
import sys


def run() -> None:
    """Run the command line. Ctrl-C ends it quietly even while modules load.

    Garbage collection is off while modules load: classes and functions live for the whole run, so
    looking for garbage among them would only delay the start. ``main`` turns it on again.
    """
    gc.disable()
    try:
        from poptui.cli.main import run as go
    except KeyboardInterrupt:
        sys.exit(130)
    go()


if __name__ == "__main__":
    run()
