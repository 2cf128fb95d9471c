"""``python -m poptui``."""

from poptui.cli.main import run

if __name__ == "__main__":
    run()
