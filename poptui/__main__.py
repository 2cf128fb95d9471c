"""``python -m poptui``."""

import sys

from poptui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
