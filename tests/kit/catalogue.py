"""Real servers that deviate from the RFCs: the deviation, the oddities that imitate it, the tests.

The tests say what the user sees: a sentence, a mark, a row, or nothing at all.
"""

from __future__ import annotations

from typing import NamedTuple


class Wild(NamedTuple):
    """One way in which real servers deviate from the RFCs."""

    what: str
    oddities: tuple[str, ...]
    """Names in ``tests.kit.oddities``; empty if a test scripts its own server."""
    tests: tuple[str, ...]
    """``file::name``, below ``tests``."""


ODD = "mailbox/test_odd_servers.py::"
HARMLESS = f"{ODD}test_one_lists_reads_marks_and_commits"
LOST = f"{ODD}test_a_message_that_never_arrives_is_reported_in_a_sentence"
ENDLESS = f"{ODD}test_replies_without_end_are_cut_off"
REFUSED = f"{ODD}test_a_failed_login_is_reported_in_a_sentence"
CUT = "mailbox/test_endless.py::test_an_endless_header_leaves_the_others_usable"
LOCKED = "mailbox/test_reconnect.py::test_locks_and_delays_are_waited_out"

CATALOGUE: dict[int, Wild] = {
    1: Wild(
        "CAPA missing, hanging, or answered by a hang-up",
        ("no-capa", "capa-hangs", "capa-hangs-up"),
        (
            HARMLESS,
            f"{ODD}test_a_missing_capa_is_reported",
            f"{ODD}test_a_capa_that_hangs_is_given_up",
        ),
    ),
    2: Wild(
        "CAPA differs before and after login or STLS",
        ("capa-bare-after-login",),
        (HARMLESS, "net/test_stls.py::test_capabilities_before_tls_are_forgotten"),
    ),
    3: Wild(
        "RESP_CODES for RESP-CODES; CAPA split over packets",
        ("resp-codes-underscore", "capa-in-pieces"),
        (HARMLESS, "net/test_connecting.py::test_capa_reply_in_pieces"),
    ),
    4: Wild("UIDL works but is not advertised", ("uidl-unadvertised",), (HARMLESS,)),
    5: Wild("several spaces between number and UID", ("uidl-spaces",), (HARMLESS,)),
    6: Wild("+OK before each UIDL line", ("uidl-ok-prefix",), (HARMLESS,)),
    7: Wild(
        "UID blank, missing, over-long, with spaces, not ASCII",
        ("uid-blank", "uid-missing", "uid-long", "uid-with-spaces", "uid-not-ascii"),
        (HARMLESS, f"{ODD}test_a_message_without_uid_is_marked_for_this_connection"),
    ),
    8: Wild(
        "duplicate UIDs",
        ("duplicate-uids",),
        (f"{ODD}test_messages_that_share_a_uid_must_be_opened_before_they_are_marked",),
    ),
    9: Wild(
        "UIDs reused, or all changed",
        ("uids-change",),
        (
            f"{ODD}test_uids_that_change_with_every_session_lose_marks_and_nothing_else",
            "mailbox/test_safety_identity.py::test_a_uid_reused_between_sessions",
            "mailbox/test_safety_identity.py::test_a_uid_reused_between_starts",
        ),
    ),
    10: Wild(
        "UIDL and LIST disagree; gaps in the numbers",
        ("uidl-extra", "numbers-with-gaps"),
        (HARMLESS, f"{ODD}test_the_recorded_session_is_reproduced"),
    ),
    11: Wild("UIDL n answered oddly", ("uidl-n-odd",), (HARMLESS,)),
    12: Wild(
        "extra text on STAT and LIST lines", ("stat-extra-text", "list-extra-text"), (HARMLESS,)
    ),
    13: Wild(
        "LIST sizes wrong",
        ("list-sizes-wrong",),
        (HARMLESS, "mailbox/test_endless.py::test_impossible_sizes"),
    ),
    14: Wild(
        "TOP n 0 sends the whole message",
        ("top-whole-message",),
        (HARMLESS, f"{ODD}test_whole_messages_for_top_stop_the_loading_of_the_rest"),
    ),
    15: Wild(
        "TOP truncates, sends ten lines or one, or is refused",
        ("top-ten-lines", "top-one-line", "top-refused", "no-top"),
        (
            HARMLESS,
            f"{ODD}test_a_top_that_sends_one_line_is_shown_as_such",
            f"{ODD}test_refused_top_is_quoted_and_opening_shows_the_header",
            f"{ODD}test_one_refused_top_leaves_the_others",
        ),
    ),
    16: Wild(
        "RETR marks a message as seen or popped",
        (),
        ("mailbox/test_session.py::test_browsing_downloads_nothing",),
    ),
    17: Wild(
        "TOP's headers differ from RETR's",
        ("top-headers-differ",),
        (f"{ODD}test_headers_that_differ_from_the_messages_own",),
    ),
    18: Wild(
        "dot-stuffing missing", ("no-dot-stuffing",), (f"{ODD}test_unstuffed_dots_are_noticed",)
    ),
    19: Wild("no CRLF before the final dot", ("no-crlf-before-dot",), (LOST,)),
    20: Wild("stray blank lines between replies", ("blank-lines-between",), (HARMLESS,)),
    21: Wild(
        "bare LF; lines of megabytes",
        ("bare-lf", "stat-endless-line"),
        (
            HARMLESS,
            ENDLESS,
            "mailbox/test_endless.py::test_an_endless_header_leaves_the_others_usable",
        ),
    ),
    22: Wild("a bare +OK", ("bare-ok",), (HARMLESS,)),
    23: Wild(
        "a lock told only in prose",
        ("lock-in-prose", "in-use"),
        (
            REFUSED,
            LOCKED,
            "acceptance/test_bad_input.py::test_a_batch_command_reports_a_locked_mailbox",
        ),
    ),
    24: Wild(
        "-ERR [SYS/PERM] for one message",
        ("top-refused", "dele-refused", "retr-refused"),
        (
            f"{ODD}test_one_refused_top_leaves_the_others",
            f"{ODD}test_a_message_that_is_refused_says_so_and_leaves_the_others",
        ),
    ),
    25: Wild(
        "a hang-up on a bad password",
        ("hang-up-on-bad-password",),
        ("acceptance/test_bad_input.py::test_a_disconnect_after_a_wrong_password",),
    ),
    26: Wild(
        "LOGIN-DELAY 300, recent: user names",
        ("login-delay", "login-delayed"),
        (
            HARMLESS,
            "net/test_login.py::test_users",
            "mailbox/test_reconnect.py::test_the_announced_login_delay_is_the_time_waited",
        ),
    ),
    27: Wild(
        "a long AUTH line is an error",
        ("long-auth-refused",),
        (
            f"{ODD}test_a_long_login_goes_in_two_steps",
            "net/test_login.py::test_plain_in_two_steps_if_the_line_is_too_long",
        ),
    ),
    28: Wild("RSET clears Seen flags", (), (f"{ODD}test_no_rset_is_sent_if_nothing_was_marked",)),
    29: Wild(
        "hostile: endless CAPA, UIDL and lines, a byte a minute",
        ("capa-endless", "uidl-endless", "list-endless", "capa-endless-line", "retr-trickles"),
        (ENDLESS, LOST, "net/test_client_time.py::test_a_trickle_counts_as_silence"),
    ),
    30: Wild(
        "unencrypted bytes after the +OK to STLS",
        ("stls-injection",),
        (
            "net/test_stls.py::test_an_injection_after_stls",
            "acceptance/test_bad_input.py::test_bytes_injected_before_tls",
        ),
    ),
    31: Wild("many lines where one is due", ("stat-many-lines",), (HARMLESS,)),
    32: Wild(
        "LIST and UIDL renumbered after DELE",
        ("renumbers",),
        ("mailbox/test_comparison.py::test_a_server_that_renumbers_its_listings_commits",),
    ),
    33: Wild(
        "DELE affirmed, and nothing marked as deleted; refused, and marked",
        ("dele-does-nothing", "dele-lies"),
        (
            "mailbox/test_comparison.py::test_a_dele_without_effect_is_verified_even_at_a_trusted_server",
            "mailbox/test_comparison.py::test_a_refused_dele_that_took_effect_is_reported_as_deleted",
        ),
    ),
    34: Wild(
        "QUIT removes what was downloaded: EXPIRE 0, told before or after the login, or not",
        (
            *("expire-0", "expire-0-user", "expire-0-before-login", "expire-untold"),
            *("downloads-go", "top-counts"),
        ),
        (
            "mailbox/test_safety_expire.py::test_reading_deletes_nothing_however_the_session_ends",
            "mailbox/test_safety_expire.py::"
            "test_a_commit_deletes_what_was_confirmed_and_not_what_was_read",
        ),
    ),
    35: Wild(
        "sizes that change from session to session",
        ("sizes-change",),
        ("mailbox/test_sizes.py::test_marks_stay_and_nothing_is_reported",),
    ),
    36: Wild(
        "UIDs that are message numbers, and so move to other messages",
        ("uids-are-numbers",),
        (
            "mailbox/test_shifting_uids.py::test_shifting_uids_are_noticed_at_the_commit_and_remembered",
        ),
    ),
    37: Wild(
        "sessions that end after so many commands, DELEs or seconds",
        ("session-deles", "session-commands"),
        ("mailbox/test_batches.py::test_a_server_that_ends_sessions_early_gets_batches",),
    ),
    38: Wild(
        "a DELE that ends the session, or is answered by an empty line",
        ("dele-kills", "dele-answered-blank"),
        (
            "mailbox/test_batches.py::test_a_dele_that_ends_the_session_is_named_and_the_others_are_deleted",
        ),
    ),
    39: Wild(
        "no login for a while after a commit; an expunge that comes late",
        ("login-limit", "expunges-late"),
        (
            "acceptance/test_triage_interrupted.py::test_a_deletion_that_cannot_be_verified_is_reported",
            "mailbox/test_throttled.py::test_a_late_deletion_is_named_and_not_reported_as_vanished",
        ),
    ),
}
