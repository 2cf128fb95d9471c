"""Actions on the message under the cursor that show or keep it."""

from __future__ import annotations

from functools import partial

from poptui.tui.actions.action import LIST, Action, Group

_reading = partial(Action, group=Group.READING)

READING = (_reading("open", ("enter",), "open", "Fetch the message and show it", bar=LIST),)
