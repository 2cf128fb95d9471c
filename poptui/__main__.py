"""The way in, of ``python -m poptui`` and of the console script: quiet from the first moment on."""

import sys


def run() -> None:
    """Run the command line. Ctrl-C while the modules load ends as it does later."""
    try:
        from poptui.cli.main import run as go
    except KeyboardInterrupt:
        sys.exit(130)
    go()


if __name__ == "__main__":
    run()
