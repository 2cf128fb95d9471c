"""A separate process that stores headers: ``cache_writer.py PATH ACCOUNT FIRST COUNT``.

Started by a line on standard input, it prints every twentieth header, and the problem at the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

from poptui.storage import locks
from poptui.storage.cache import HeaderCache

locks.MAX_WAIT_S = 30
path, account, first, count = sys.argv[1:]
sys.stdin.readline()
cache = HeaderCache(Path(path), account)
for number in range(int(first), int(first) + int(count)):
    cache.store([(f"uid{number}", number, b"header %d" % number)])
    if number % 20 == 0:
        print(number, flush=True)
print(cache.problem or "fine")
cache.close()
