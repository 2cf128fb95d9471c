"""The way in, of ``python -m poptui`` and of the console script: quiet from the first moment on."""

import gc
import sys


def run() -> None:
    """Run the command line. Ctrl-C while the modules load ends as it does later.

    What modules are made of stays: looking for garbage among it would only cost time.
    """
    gc.disable()
    try:
        from poptui.cli.main import run as go
    except KeyboardInterrupt:
        sys.exit(130)
    go()


if __name__ == "__main__":
    run()
