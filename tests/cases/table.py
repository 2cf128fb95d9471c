"""Every case with its correct behaviour, and the tests that check it."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """A public report, the correct behaviour, and the test functions (``file::name``) that check
    it."""

    name: str
    right: str
    tests: tuple[str, ...]


_REPORTS = "tests/cases/test_server_reports.py::"
_LABELS = "tests/reading/test_wrong_labels.py::"
_HTML = "tests/reading/test_html_text.py::"
_ATTACHED = "tests/reading/test_attached_texts.py::"
_PLAIN = "tests/reading/test_plain_addresses.py::"

CASES = (
    Case("pop3/01", "QQ's list of reasons", (f"{_REPORTS}test_qq_gives_every_reason_at_once",)),
    Case("pop3/03", "GBK and Latin-1 words", (f"{_REPORTS}test_a_refusal_in_gbk_is_readable",)),
    Case(
        "pop3/04",
        "reading deletes nothing at EXPIRE 0",
        (
            f"{_REPORTS}test_expire_0_does_not_allow_deleting_shown_messages",
            "tests/acceptance/test_expire.py::test_opening_a_message_and_leaving_deletes_nothing",
        ),
    ),
    Case(
        "pop3/09, 12b",
        "DELEs that end sessions",
        (
            "tests/mailbox/test_batches.py::"
            "test_a_dele_that_ends_the_session_is_named_and_the_others_are_deleted",
            "tests/mailbox/test_batches.py::test_a_server_that_ends_sessions_early_gets_batches",
        ),
    ),
    Case(
        "pop3/10",
        "+ERR is shown at once",
        (f"{_REPORTS}test_hmailserver_answers_the_password_with_an_invalid_reply",),
    ),
    Case(
        "pop3/15",
        "APOP refused, hung up: next method",
        (f"{_REPORTS}test_qmail_offers_apop_refuses_it_and_hangs_up",),
    ),
    Case(
        "pop3/17",
        "a slow server is named by its setting",
        (
            "tests/net/test_client_time.py::test_a_missing_greeting_times_out",
            "tests/net/test_client_time.py::test_each_reply_restarts_the_time_out",
        ),
    ),
    Case(
        "pop3/18",
        "a message that was cut is not whole",
        ("tests/mailbox/test_completeness.py::test_a_truncated_message_is_incomplete",),
    ),
    Case(
        "pop3/21",
        "UTF8 before names that are not ASCII",
        ("tests/net/test_login.py::test_utf8_is_asked_for_where_it_is_offered",),
    ),
    Case("pop3/22", "certificates", ("tests/net/test_tls.py::test_bad_certificates",)),
    Case(
        "pop3/23",
        "a mute IPv6 address",
        (
            "tests/net/test_connecting.py::test_ipv4_is_tried_if_no_greeting_comes_over_ipv6",
            "tests/net/test_connecting.py::test_ipv4_is_tried_if_tls_does_not_start_over_ipv6",
        ),
    ),
    Case(
        "pop3/27, c13",
        "dates",
        ("tests/reading/test_date_decoding.py::test_dates_with_parts_in_another_order",),
    ),
    Case(
        "pop3/31",
        "batch says what is missing",
        (
            f"{_REPORTS}test_headers_that_cannot_be_loaded_are_reported",
            "tests/cli/test_list.py::test_oddities_of_the_server_are_reported_on_stderr",
        ),
    ),
    Case(
        "pop3/32",
        "throttled after a commit",
        ("tests/mailbox/test_throttled.py::test_one_attempt_per_delay_that_the_server_names",),
    ),
    Case(
        "pop3/33",
        "locked accounts, locked mailboxes",
        (
            f"{_REPORTS}test_the_exit_code_for_a_lock",
            "tests/pop3/test_refusals.py::test_kinds_of_refusals",
        ),
    ),
    Case(
        "pop3/34",
        "folder state is spared",
        (f"{_REPORTS}test_the_folder_state_of_uw_imap_is_not_mail",),
    ),
    Case(
        "bursts of 8, 20",
        "fewer commands at once",
        (f"{_REPORTS}test_a_server_that_announces_pipelining_and_hangs_up_on_bursts",),
    ),
    Case(
        "mail/c01",
        "uuencoded attachments, damaged too",
        (
            "tests/reading/test_decoder_properties.py::"
            "test_uuencoded_zeros_survive_stripped_blanks",
            "tests/reading/test_decoder_properties.py::"
            "test_damaged_uuencoded_contents_decode_as_in_email",
        ),
    ),
    Case(
        "mail/c02",
        "linear time for any field",
        ("tests/reading/test_header_cost.py::test_every_field_is_read_in_linear_time",),
    ),
    Case(
        "mail/c03",
        "returned headers stay",
        (f"{_LABELS}test_the_header_of_a_returned_message_is_never_decoded",),
    ),
    Case("mail/c05, c06, f05, f08", "HTML layout", (f"{_HTML}test_layout",)),
    Case("mail/c06", "links of a map", (f"{_HTML}test_the_links_of_an_image_map_are_listed",)),
    Case("mail/c08", "background pictures", (f"{_HTML}test_background_images_are_counted",)),
    Case(
        "mail/c10, c21, f07",
        "wrong charset labels",
        (
            f"{_LABELS}test_text_under_a_wrong_charset",
            f"{_LABELS}test_subjects_under_a_wrong_charset",
        ),
    ),
    Case(
        "mail/c11",
        "a text that says nothing",
        (f"{_PLAIN}test_a_placeholder_text_is_replaced_by_the_html",),
    ),
    Case("mail/c15", "names of files", (f"{_LABELS}test_attachment_file_names",)),
    Case(
        "mail/f01",
        "base64 with a footer",
        (f"{_LABELS}test_base64_is_decoded_and_a_footer_after_it_kept",),
    ),
    Case("mail/g02", "an invitation", (f"{_ATTACHED}test_attached_invitations_are_shown",)),
    Case(
        "mail/g23",
        "a lone attached text",
        (f"{_ATTACHED}test_a_single_text_declared_as_an_attachment_is_shown",),
    ),
    Case(
        "mail/g29", "winmail.dat", (f"{_ATTACHED}test_winmail_dat_is_reported_as_outlook_format",)
    ),
    Case("mail/g38", "an address in brackets", (f"{_PLAIN}test_an_address_in_brackets_is_joined",)),
    Case(
        "mail/g50",
        "vowel signs",
        (
            "tests/tui/test_unicode.py::test_each_vowel_sign_that_some_terminal_gives_a_cell_has_one",
        ),
    ),
    Case(
        "ham",
        "ordinary letters are not spam",
        (
            "tests/triage/test_ordinary.py::test_subjects_in_every_language",
            "tests/triage/test_ordinary.py::test_names_that_are_people_places_and_firms",
        ),
    ),
    Case(
        "spam",
        "lures are found",
        ("tests/triage/test_lures.py::test_most_kinds_of_spam_are_found",),
    ),
)
