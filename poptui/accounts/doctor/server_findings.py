"""Judge a server's POP3: capabilities, listings and replies. All functions are pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from poptui.accounts.doctor.finding import Finding, Status, milliseconds, rounded_ms
from poptui.errors import quoted
from poptui.pop3.capabilities import AfterDownload, Capabilities, after_download
from poptui.printable import printable_line
from poptui.text.format import count, size

MAX_UID_CHARACTERS = 70
"""The longest UID that RFC 1939 allows."""


def capa_finding(check: str, capabilities: Capabilities, before: Capabilities | None) -> Finding:
    """Show what the server announces; after the login, only how that differs from before."""
    if not capabilities.known:
        return Finding(
            check,
            Status.NOTE,
            "The server doesn't know CAPA, so it announces nothing.",
            "poptui tries UIDL, TOP and the rest, and goes by the replies.",
            {"capabilities": None},
        )
    lines = _lines(capabilities)
    data = {"capabilities": lines}
    if before is None:
        return Finding(check, Status.OK, f"{_clean(', '.join(lines))}.", "", data)
    old = _lines(before)
    new = [line for line in lines if line not in old]
    gone = [line for line in old if line not in lines]
    parts = [f"new: {', '.join(new)}"] * bool(new) + [f"gone: {', '.join(gone)}"] * bool(gone)
    text = _clean("; ".join(parts)) if parts else "the same as before"
    return Finding(check, Status.OK, f"{text[:1].upper()}{text[1:]}.", "", data)


def expire_finding(before: Capabilities, after: Capabilities) -> Finding:
    """Judge what EXPIRE says about messages that were downloaded (RFC 2449 section 6.7)."""
    words = " ".join((*after.lines.get("EXPIRE", before.lines.get("EXPIRE", ())),))
    data = {"expire": words or None}
    policy = after_download(before, after)
    if policy is AfterDownload.REMOVED:
        return Finding(
            "expire",
            Status.NOTE,
            "EXPIRE 0: this server deletes what is downloaded, at the end of the session.",
            "poptui hangs up without QUIT after you have read something, and commits over a new"
            " connection, so that only what you confirm is deleted. Other programs may not.",
            data,
        )
    if policy is AfterDownload.UNKNOWN:
        text = "Not announced. Usually messages stay until they are deleted."
        advice = "poptui watches whether messages that you read disappear."
        return Finding("expire", Status.OK, text, advice, data)
    if words.upper().startswith("NEVER"):
        return Finding("expire", Status.OK, "The server keeps messages for good.", "", data)
    return Finding(
        "expire",
        Status.NOTE,
        f"The server deletes messages by itself after {_clean(words)} days.",
        "Save what you want to keep longer.",
        data,
    )


def login_delay_finding(delay_s: float) -> Finding:
    """Judge the pause that the server wants between two logins."""
    data = {"seconds": delay_s}
    if not delay_s:
        return Finding("login-delay", Status.OK, "None announced.", "", data)
    return Finding(
        "login-delay",
        Status.NOTE,
        f"At least {delay_s:.0f} seconds between two logins.",
        "poptui waits that long before it reconnects, and shows the time.",
        data,
    )


def codes_finding(capabilities: Capabilities) -> Finding:
    """Judge whether refusals have codes (RFC 2449 section 6.4, RFC 3206)."""
    names = [name for name in ("RESP-CODES", "AUTH-RESP-CODE") if name in capabilities]
    data = {"codes": names}
    if names:
        text = f"They carry codes ({', '.join(names)})."
        return Finding("response-codes", Status.OK, text, "", data)
    return Finding(
        "response-codes",
        Status.OK,
        "They carry no codes.",
        "poptui goes by their words to tell a lock from a wrong password.",
        data,
    )


def utf8_finding(capabilities: Capabilities) -> Finding:
    """Say whether the server knows UTF8 (RFC 6856)."""
    if "UTF8" in capabilities:
        return Finding("utf8", Status.OK, "Offered (RFC 6856).", "", {"offered": True})
    text = "Not offered: only ASCII is sure to work in user names and passwords."
    return Finding("utf8", Status.OK, text, "", {"offered": False})


def listing_finding(stat: tuple[int, int] | None, sizes: Mapping[int, int] | None) -> Finding:
    """Judge whether STAT and LIST agree."""
    data: dict[str, Any] = {
        "stat": list(stat) if stat else None,
        "list": [len(sizes), sum(sizes.values())] if sizes is not None else None,
    }
    if sizes is None and stat is None:
        text = "The server refuses STAT and LIST."
        advice = "No POP3 program can work with this mailbox: ask the provider."
        return Finding("listing", Status.PROBLEM, text, advice, data)
    if sizes is None:
        text = "The server refuses LIST."
        return Finding("listing", Status.NOTE, text, "poptui goes by STAT, without sizes.", data)
    listed = f"{count(len(sizes))} messages, {size(sum(sizes.values()))}"
    if stat is None:
        text = f"LIST: {listed}; the server refuses STAT, or answers it oddly."
        return Finding("listing", Status.NOTE, text, "poptui goes by LIST.", data)
    if stat[0] != len(sizes):
        text = f"STAT counts {count(stat[0])} messages, LIST names {count(len(sizes))}."
        return Finding("listing", Status.PROBLEM, text, "poptui shows what LIST names.", data)
    if stat[1] != sum(sizes.values()):
        text = f"LIST: {listed}; STAT says {size(stat[1])}."
        advice = "poptui trusts no size: a message ends where the server says that it ends."
        return Finding("listing", Status.NOTE, text, advice, data)
    if sorted(sizes) != list(range(1, len(sizes) + 1)):
        text = f"{listed}; the numbers have gaps."
        return Finding("listing", Status.NOTE, text, "poptui goes by UIDs, not by numbers.", data)
    return Finding("listing", Status.OK, f"{listed}; STAT and LIST agree.", "", data)


def uid_finding(uids: Sequence[tuple[int, str | None]] | None, numbers: Sequence[int]) -> Finding:
    """Judge the UIDs: there, unique, and of the form that RFC 1939 section 7 demands."""
    if uids is None:
        return Finding(
            "uids",
            Status.PROBLEM,
            "The server refuses UIDL.",
            "poptui can't tell which message is which in the next session, so marks hold for one"
            " connection only.",
        )
    named = {number: uid for number, uid in uids if uid}
    repeated = [uid for uid, times in Counter(named.values()).items() if times > 1]
    missing = [number for number in numbers if number not in named]
    odd = [uid for uid in named.values() if not all("!" <= letter <= "~" for letter in uid)]
    long = [uid for uid in named.values() if len(uid) > MAX_UID_CHARACTERS]
    counters = len(named) > 1 and all(uid == str(number) for number, uid in named.items())
    data = {
        "messages": len(numbers), "named": len(named), "repeated": len(repeated),
        "missing": len(missing), "odd_characters": len(odd), "too_long": len(long),
        "are_numbers": counters,
    }  # fmt: skip
    if repeated or missing:
        faults = [f"{_amount(len(repeated), 'UID stands', 'UIDs stand')} for several"]
        faults = faults * bool(repeated)
        faults += [f"{_amount(len(missing), 'has', 'have')} none"] * bool(missing)
        return Finding(
            "uids",
            Status.PROBLEM,
            f"{_amount(len(numbers), 'message', 'messages')}; {', and '.join(faults)}.",
            "poptui deletes such a message only if you open it first, in the same session.",
            data,
        )
    if counters:
        return Finding(
            "uids",
            Status.NOTE,
            "The UIDs are the message numbers, so they may move to other messages.",
            "poptui compares headers too before it deletes; marks may not survive a reconnect.",
            data,
        )
    if odd or long:
        faults = [f"{_amount(len(long), 'is', 'are')} longer than {MAX_UID_CHARACTERS} characters"]
        faults = faults * bool(long)
        faults += [f"{_amount(len(odd), 'has', 'have')} characters that aren't allowed"] * bool(odd)
        text = f"All different, but {', and '.join(faults)}."
        return Finding("uids", Status.NOTE, text, "poptui takes them as they are.", data)
    longest = max(map(len, named.values()), default=0)
    text = f"{count(len(named))}, all different, at most {longest} characters."
    return Finding("uids", Status.OK, text if named else "There are no messages.", "", data)


def stability_finding(
    before: Mapping[int, str | None], after: Mapping[int, str | None], resized: int
) -> Finding:
    """Judge whether a second session lists the same UIDs in the same order, and the same sizes."""
    first, second = set(before.values()) - {None}, set(after.values()) - {None}
    common = first & second
    data = {"first": len(first), "second": len(second), "common": len(common), "resized": resized}
    if first and not common:
        return Finding(
            "uids-stable",
            Status.PROBLEM,
            "All UIDs are others in the next session.",
            "poptui takes all messages for new each time; marks don't survive a reconnect.",
            data,
        )
    old = [before[number] for number in sorted(before) if before[number] in common]
    new = [after[number] for number in sorted(after) if after[number] in common]
    lost = len(first - common)
    if old != new or (lost and lost > len(second - common) and len(common) < lost):
        return Finding(
            "uids-stable",
            Status.NOTE,
            "A second login lists the messages in another order, or lacks some.",
            "poptui goes by UIDs and compares headers before it deletes.",
            data,
        )
    if resized:
        return Finding(
            "uids-stable",
            Status.NOTE,
            f"UIDs are the same after a second login, but {count(resized)} sizes have changed.",
            "poptui takes sizes for a hint only.",
            data,
        )
    arrived = f" ({len(second - first)} new since)" if second - first else ""
    return Finding("uids-stable", Status.OK, f"The same after a second login{arrived}.", "", data)


class TopProbe(NamedTuple):
    """The reply to ``TOP number 0`` for one message."""

    number: int
    listed_bytes: int
    header_bytes: int = 0
    body_bytes: int = 0
    refusal: str = ""


def top_finding(probes: Sequence[TopProbe]) -> Finding:
    """Judge whether ``TOP n 0`` sends the header and nothing else."""
    data = {"probes": [probe._asdict() for probe in probes]}
    if not probes:
        return Finding("top", Status.OK, "Not tried: there are no messages.", "", data)
    refused = [probe for probe in probes if probe.refusal]
    if refused:
        some = (
            "" if len(refused) == len(probes) else f" for {len(refused)} of {len(probes)} messages"
        )
        return Finding(
            "top",
            Status.NOTE if some else Status.PROBLEM,
            f"The server refuses TOP{some}: {quoted(refused[0].refusal)}.",
            "poptui shows such messages without a header until you open them.",
            data,
        )
    bodies = [probe for probe in probes if probe.body_bytes]
    if bodies:
        worst = max(bodies, key=lambda probe: probe.body_bytes)
        whole = worst.header_bytes + worst.body_bytes >= worst.listed_bytes * WHOLE_SHARE
        what = "the whole message" if whole else "more than the header"
        return Finding(
            "top",
            Status.NOTE,
            f"TOP n 0 sends {what}: {size(worst.body_bytes)} of text after"
            f" {size(worst.header_bytes)} of header.",
            "poptui stops loading headers that are not on the screen if they are that large.",
            data,
        )
    shortest = min(probe.header_bytes for probe in probes)
    if shortest < MIN_HEADER_BYTES:
        return Finding(
            "top",
            Status.NOTE,
            f"TOP n 0 sends next to nothing ({shortest} bytes).",
            "poptui shows what there is; opening a message shows its whole header.",
            data,
        )
    total = sum(probe.header_bytes for probe in probes)
    text = f"TOP n 0 sends headers only ({size(total)} for {len(probes)} messages)."
    return Finding("top", Status.OK, text, "", data)


WHOLE_SHARE = 0.9
"""From this share of its listed size on, a message counts as sent whole."""

MIN_HEADER_BYTES = 30
"""A shorter header can't even have a sender and a date."""


def pipelining_finding(
    announced: bool, commands: int, alone_s: float, together_s: float
) -> Finding:
    """Judge a server that answered all commands of a batch, in order."""
    gain = alone_s / max(together_s, 1e-6)
    data = {
        "announced": announced,
        "works": True,
        "commands": commands,
        "one_at_a_time_ms": rounded_ms(alone_s),
        "together_ms": rounded_ms(together_s),
    }
    speed = (
        f"{commands} commands take {milliseconds(alone_s)} one at a time,"
        f" {milliseconds(together_s)} together ({gain:.1f} times as fast)"
    )
    if announced:
        return Finding("pipelining", Status.OK, f"Announced, and it works: {speed}.", "", data)
    return Finding(
        "pipelining",
        Status.OK,
        f"Not announced, but it works: {speed}.",
        "poptui tries it with care where there is enough to load.",
        data,
    )


def no_pipelining_finding(announced: bool, reason: str) -> Finding:
    """Judge a server that lost commands that were sent together."""
    return Finding(
        "pipelining",
        Status.PROBLEM if announced else Status.NOTE,
        f"{'Announced' if announced else 'Not announced'}, and commands sent together get lost:"
        f" {reason}",
        "poptui sends one command at a time to this server, so loading takes longer.",
        {"announced": announced, "works": False},
    )


def _lines(capabilities: Capabilities) -> list[str]:
    return [" ".join([name, *words]) for name, words in capabilities.lines.items()]


def _clean(text: str) -> str:
    shown = printable_line(text)
    return shown if len(shown) <= MAX_SHOWN_CHARACTERS else shown[: MAX_SHOWN_CHARACTERS - 1] + "…"


MAX_SHOWN_CHARACTERS = 500
"""Maximum length of the shown capabilities."""


def _amount(number: int, singular: str, plural: str) -> str:
    return f"{count(number)} {singular if number == 1 else plural}"
