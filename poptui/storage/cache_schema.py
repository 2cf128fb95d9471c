"""The tables of the header cache and everything that is said to them."""

from __future__ import annotations

APPLICATION = 0x706F7074
VERSION = 1
"""To be raised with every change of the tables below."""
TABLES = """
    CREATE TABLE account (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, used INTEGER NOT NULL);
    CREATE TABLE header (
        id INTEGER PRIMARY KEY,
        account INTEGER NOT NULL,
        uid TEXT NOT NULL,
        size INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        payload BLOB NOT NULL,
        UNIQUE (account, uid)
    )
"""
"""A header's id grows with the time it was stored, an account's ``used`` with that of its use."""

_OURS = "account = (SELECT id FROM account WHERE name = ?)"
USE = """
    INSERT INTO account (name, used) SELECT ?, coalesce(max(used), 0) + 1 FROM account WHERE true
    ON CONFLICT (name) DO UPDATE SET used = excluded.used
"""
TOUCH = "UPDATE account SET used = (SELECT max(used) + 1 FROM account) WHERE name = ?"
ACCOUNT_ID = "SELECT id FROM account WHERE name = ?"
LOAD = f"""
    SELECT uid, size, checksum, payload FROM header
    WHERE {_OURS}
    AND typeof(uid) = 'text' AND typeof(size) = 'integer' AND typeof(payload) = 'blob'
"""
STORE = """
    INSERT OR REPLACE INTO header (account, uid, size, checksum, payload) VALUES (?, ?, ?, ?, ?)
"""
UIDS = f"SELECT uid FROM header WHERE {_OURS}"
FORGET = f"DELETE FROM header WHERE {_OURS} AND uid = ?"
OLDEST = """
    SELECT header.id FROM header LEFT JOIN account ON account.id = header.account
    ORDER BY account.used, header.id LIMIT 1 + (SELECT count(*) FROM header) / ?
"""
DROP = "DELETE FROM header WHERE id = ?"
CLEAR = """
    BEGIN IMMEDIATE; DELETE FROM header; DELETE FROM account; COMMIT;
    VACUUM; PRAGMA wal_checkpoint(TRUNCATE)
"""
ACCOUNTS = """
    SELECT name, (SELECT count(*) FROM header WHERE account = account.id) FROM account
    WHERE typeof(name) = 'blob' ORDER BY used DESC
"""
FORGET_HEADERS = f"DELETE FROM header WHERE {_OURS}"
FORGET_ACCOUNT = "DELETE FROM account WHERE name = ?"
SHRINK = "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"
