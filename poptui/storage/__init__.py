"""Files on this machine: settings, passwords, the journal of marks, safety copies, and caches.

Start with :mod:`~poptui.storage.settings` for the configuration, :mod:`~poptui.storage.journal` for
the marks, and :mod:`~poptui.storage.database` for what all SQLite files have in common. Most calls
block, so run them in a thread.
"""
