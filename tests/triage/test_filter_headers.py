"""Headers of other spam filters: each is read as intended, and a No is not overruled."""

from __future__ import annotations

import pytest

from tests.triage.heads import block, names, signal

SPAM = [
    ("X-Barracuda-Spam-Status", "Yes, SCORE=5.1 using TAG_LEVEL=3.5 KILL_LEVEL=9.0 tests=X"),
    ("X-Barracuda-Spam-Flag", "YES"),
    ("X-Proofpoint-Spam-Details", "rule=spam policy=default score=100 spamscore=100"),
    ("X-Proofpoint-Spam-Details", "rule=phish policy=default score=99"),
    ("X-Forefront-Antispam-Report", "CIP:1.2.3.4;SCL:5;SFV:SPM;CAT:SPM"),
    ("X-Mimecast-Spam-Score", "12"),
    ("X-TM-AS-Result", "Yes-20.345000-5.000000-31-10"),
    ("X-VADE-SPAMSTATE", "spam:high"),
    ("X-VR-SPAMSTATE", "SPAM"),
    ("X-OVH-SPAM-STATE", "PCE"),
    ("X-GND-Status", "SPAM"),
    ("X-CMAE-Score", "100"),
    ("X-CTCH-Spam", "Confirmed"),
    ("X-Yandex-Spam", "4"),
    ("X-QQ-SPAM", "true"),
    ("X-IronPort-SenderGroup", "BLACKLIST"),
    ("X-Mras", "SPAM"),
]
NOT_SPAM = [
    ("X-Barracuda-Spam-Status", "No, SCORE=4.9 using TAG_LEVEL=5.0"),
    ("X-Proofpoint-Spam-Details", "rule=notspam policy=default score=70"),
    ("X-Proofpoint-Spam-Details", "rule=quarantine_notspam policy=q score=0 mlxlogscore=999"),
    ("X-Forefront-Antispam-Report", "CIP:1.2.3.4;SCL:5;SFV:SKN;CAT:NONE"),
    ("X-Forefront-Antispam-Report", "CIP:1.2.3.4;SCL:1;SFV:NSPM"),
    ("X-Mimecast-Spam-Score", "1"),
    ("X-TM-AS-Result", "No--12.345000-7.000000-31-10"),
    ("X-VADE-SPAMSTATE", "clean"),
    ("X-GND-Status", "LEGIT"),
    ("X-CMAE-Score", "0"),
    ("X-CTCH-Spam", "Unknown"),
    ("X-Yandex-Spam", "1"),
    ("X-QQ-SPAM", "false"),
    ("X-IronPort-SenderGroup", "UNKNOWNLIST"),
    ("X-IronPort-Reputation", "3.5"),
    ("X-Mras", "Ok"),
    ("X-Spam", "undefined"),
]


@pytest.mark.parametrize(("name", "value"), SPAM)
def test_spam(name: str, value: str) -> None:
    assert "server-spam" in names(block({name: value}))


@pytest.mark.parametrize(("name", "value"), NOT_SPAM)
def test_not_spam(name: str, value: str) -> None:
    assert "server-spam" not in names(block({name: value}))


def test_a_low_verdict_and_a_bad_reputation_only_make_suspect() -> None:
    assert "server-suspects" in names(block({"X-VADE-SPAMSTATE": "spam:low"}))
    assert "server-suspects" in names(block({"X-IronPort-Reputation": "-4.1"}))


def test_an_explicit_no_is_not_overruled_by_a_score() -> None:
    for changes in (
        {"X-Spam-Flag": "NO", "X-Spam-Score": "7.2"},
        {"X-Spam-Score": "7.2", "X-Spam-Status": "No, score=7.2 required=9.0"},
        {"X-Spam-Level": "********", "X-Spam-Flag": "NO"},
        {"X-Barracuda-Spam-Flag": "NO", "X-Barracuda-Spam-Score": "4.2"},
        {"X-Rspamd-Flag": "No", "X-Rspamd-Score": "8.0"},
    ):
        assert "server-spam" not in names(block(dict(changes))), changes


def test_a_no_that_the_sender_wrote_clears_nothing_of_the_receivers() -> None:
    """The receiver's score is above its Received line, the sender's No below it."""
    forged = block({"X-Spam-Flag": "NO"}, above="X-Spam-Score: 9.0")
    assert signal("server-spam", forged).detail.startswith("x-spam-score")


def test_one_filters_no_does_not_speak_for_another() -> None:
    assert "server-spam" in names(block({"X-Spam-Flag": "NO", "X-QQ-SPAM": "true"}))
