"""Where the panes of the mailbox's screen stand, by the size of the terminal."""

from __future__ import annotations

WIDE = 140
"""From this many columns on the viewer stands beside the list."""
TALL = 18
"""Below this many lines list and viewer take turns, each with the whole height."""

LAYOUT = """
MailScreen { layout: vertical; }
MailScreen #panes { height: 1fr; layout: vertical; }
MailScreen MessageList { height: 1fr; }
MailScreen #frame { height: 35%; min-height: 8; }
MailScreen.-reading MessageList { height: 30%; min-height: 6; }
MailScreen.-reading #frame { height: 1fr; }

MailScreen.-narrow.-short #frame { height: 1fr; min-height: 1; display: none; }
MailScreen.-narrow.-short.-reading #frame { display: block; }
MailScreen.-narrow.-short.-reading MessageList { display: none; }

MailScreen.-wide #panes { layout: horizontal; }
MailScreen.-wide MessageList { width: 55%; height: 100%; min-height: 1; }
MailScreen.-wide #frame {
    width: 1fr; height: 100%; min-height: 1; border-left: solid $primary;
}
"""
"""The pane with the focus gets more room: ``-reading`` is set while that is the viewer."""
