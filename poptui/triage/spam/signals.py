"""The one table: every signal, how much it counts, and how it is told.

The score of a message is the sum of what its signals count, kept between 0 and 10; from 5 it is
spam. A signal that speaks for the message counts below zero. ``{}`` in a sentence is the place
of what the sender wrote. Whoever disagrees writes another number into the configuration::

    [weights]
    subject-emoji = 0
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignalWeight:
    """What a signal counts, and its sentence."""

    points: float
    sentence: str


SIGNALS: dict[str, SignalWeight] = {
    # What the user, the user's rules, and what was learned of the user's ways say.
    "friend": SignalWeight(-10, "The sender is among your friends."),
    "blocked": SignalWeight(10, "The sender is on your blocklist."),
    "rule": SignalWeight(1, "Your rule {} matches."),
    "learned": SignalWeight(5, "By what you taught it is {}."),
    # What spam and virus filters on the way found.
    "server-spam": SignalWeight(6, "A mail server calls it spam: {}."),
    "server-suspects": SignalWeight(2.5, "A mail server suspects it: {}."),
    "server-ham": SignalWeight(-0.5, "Your mail server calls it harmless: {}."),
    "blocklisted": SignalWeight(4, "It came from a host on a blocklist: {}."),
    "virus": SignalWeight(8, "A scanner found something bad in it: {}."),
    # Whether the sender is who it says, as your mail server checked.
    "authenticated": SignalWeight(-0.6, "The sender's domain is genuine: {}."),
    "newsletter-in-order": SignalWeight(
        -0.2, "It can be unsubscribed from, and {} really sent it."
    ),
    "unauthenticated": SignalWeight(3, "Nothing shows that the sender's domain sent it ({})."),
    "foreign-signature": SignalWeight(1.3, "Only another domain vouches for it: {}."),
    "dmarc-fail": SignalWeight(3.6, "It breaks the rules that {} set for its own mail."),
    "spf-fail": SignalWeight(1.5, "The host that sent it may not send for {}."),
    "spf-softfail": SignalWeight(0.8, "The host that sent it should not send for {}."),
    "free-mail-elsewhere": SignalWeight(
        2.6, "It never came by {}, where its sender has a mailbox."
    ),
    # Who it claims to be from.
    "brand-elsewhere": SignalWeight(5, "A known name with a domain that is not its own: {}."),
    "brand-lookalike": SignalWeight(4, "{} only looks like a known name."),
    "brand-in-domain": SignalWeight(3, "A known name as part of another domain: {}."),
    "name-lookalike": SignalWeight(
        3, "The sender's name is written with letters that pass for others: {}."
    ),
    "name-hidden": SignalWeight(2.5, "The sender's name has characters that cannot be seen: {}."),
    "name-is-address": SignalWeight(2, "The sender's name is another address: {}."),
    "name-is-yours": SignalWeight(3.5, "Somebody from outside bears your name or domain: {}."),
    "name-odd": SignalWeight(2.6, "The sender's name has odd punctuation: {}."),
    "name-talks": SignalWeight(2.6, "The sender's name is an advertisement: {}."),
    "name-number": SignalWeight(1.4, "The sender's name has a long number: {}."),
    "name-emoji": SignalWeight(0.5, "The sender's name has pictures: {}."),
    "office-at-free-mail": SignalWeight(2.6, "An office that writes from a free mailbox: {}."),
    "business-at-free-mail": SignalWeight(
        1.4, "It speaks of an account, a payment or the like, from a free mailbox: {}."
    ),
    "impossible-domain": SignalWeight(4, "The sender's address cannot exist: {}."),
    "private-domain": SignalWeight(1, "The sender's address is of a private network: {}."),
    "throwaway-domain": SignalWeight(
        4.8, "The sender's domain is one that anybody gets for a day: {}."
    ),
    "foreign-letters-domain": SignalWeight(
        1.5, "The sender's domain has letters beyond a to z: {}."
    ),
    "cheap-domain": SignalWeight(2.1, "The sender's domain is of a kind that spammers use up: {}."),
    "made-up-domain": SignalWeight(1.2, "The sender's domain looks made up: {}."),
    "made-up-address": SignalWeight(2.6, "The sender's address looks made up: {}."),
    "made-up-list": SignalWeight(2.5, "The mailing list looks made up: {}."),
    "numbered-address": SignalWeight(1.8, "The sender's address ends in a long number: {}."),
    "deep-domain": SignalWeight(1.6, "The sender's domain has more parts than any honest one: {}."),
    "domain-odd-case": SignalWeight(1, "The sender's domain has capitals in odd places: {}."),
    "no-sender": SignalWeight(1.4, "There is no sender's address: {}."),
    # Where answers and bounces go.
    "reply-to-free-mail": SignalWeight(3.6, "Answers go to a free mailbox elsewhere: {}."),
    "reply-to-visitor": SignalWeight(
        0.5, "Answers go to somebody's free mailbox, as with a form: {}."
    ),
    "reply-elsewhere": SignalWeight(1.2, "Answers go to another domain: {}."),
    "return-elsewhere": SignalWeight(0.6, "Bounces go to another domain: {}."),
    "return-throwaway": SignalWeight(
        2.2, "Bounces go to a domain that anybody gets for a day: {}."
    ),
    "impossible-return": SignalWeight(1.5, "Bounces go to an address that cannot exist: {}."),
    # The subject.
    "subject-lookalike": SignalWeight(
        2.5, "The subject is written with letters that pass for others: {}."
    ),
    "subject-hidden": SignalWeight(1.5, "The subject has characters that cannot be seen: {}."),
    "subject-padded": SignalWeight(2.5, "The subject hides something behind a row of spaces: {}."),
    "subject-random-tail": SignalWeight(2.6, "The subject ends in random letters: {}."),
    "subject-odd": SignalWeight(2, "The subject has odd punctuation: {}."),
    "subject-addressed": SignalWeight(2.8, "Your address is worked into the text: {}."),
    "subject-missing": SignalWeight(2, "There is no subject."),
    "subject-ticket": SignalWeight(1.4, "The subject has a made-up looking number: {}."),
    "subject-shouts": SignalWeight(1.6, "The subject is in capitals: {}."),
    "subject-emoji": SignalWeight(1.1, "The subject has pictures: {}."),
    "subject-amount": SignalWeight(1.3, "The subject names an amount: {}."),
    "subject-phone": SignalWeight(2.5, "The subject asks for a call: {}."),
    "subject-advert": SignalWeight(3.5, "It calls itself an advertisement: {}."),
    "shared-by-person": SignalWeight(
        1.2, "A person's mailbox tells of a shared file as a service does: {}."
    ),
    "subject-exclaims": SignalWeight(0.9, "The subject exclaims: {}."),
    "reply-to-nothing": SignalWeight(1.8, "It says “Re:” but answers no message: {}."),
    "encoded-for-nothing": SignalWeight(1, "Plain letters were encoded as if to hide them: {}."),
    # What subject and name talk about.
    "talk-account": SignalWeight(2, "It talks of an account or a password: {}."),
    "talk-money": SignalWeight(1.4, "It talks of money: {}."),
    "talk-inheritance": SignalWeight(2.4, "It talks of money that waits for you: {}."),
    "talk-authority": SignalWeight(1.6, "It speaks as a court, a police or a tax office: {}."),
    "talk-parcel": SignalWeight(1, "It talks of a parcel: {}."),
    "talk-prize": SignalWeight(2.8, "It talks of a prize or a gift: {}."),
    "talk-gambling": SignalWeight(2.9, "It talks of gambling: {}."),
    "talk-dating": SignalWeight(2.7, "It talks of dating or sex: {}."),
    "talk-pills": SignalWeight(2.8, "It talks of pills or cures: {}."),
    "talk-crypto": SignalWeight(3.1, "It talks of crypto money: {}."),
    "talk-extortion": SignalWeight(2, "It threatens you with what it knows: {}."),
    "talk-workplace": SignalWeight(
        1.6, "It talks of papers, calls or codes of your workplace: {}."
    ),
    "talk-services": SignalWeight(1.8, "It offers to do something for your web site: {}."),
    "talk-job": SignalWeight(1.6, "It offers work or a degree: {}."),
    "talk-urgent": SignalWeight(1.2, "It presses you: {}."),
    "talk-offer": SignalWeight(1.2, "It makes an offer: {}."),
    "talk-mixed": SignalWeight(1.4, "It mixes several of these: {}."),
    # The way it came.
    "sent-directly": SignalWeight(0.5, "It came straight from the sender's machine: {}."),
    "client-without-name": SignalWeight(1.1, "The host that sent it has no name: {}."),
    "client-unverified": SignalWeight(
        1.3, "The host that sent it has no name that can be checked: {}."
    ),
    "client-dynamic": SignalWeight(
        1.2, "The host that sent it has the name of a rented or home line: {}."
    ),
    "greets-with-address": SignalWeight(1, "The host that sent it gave a number for its name: {}."),
    "greets-without-domain": SignalWeight(0.4, "The host that sent it gave half a name: {}."),
    "greets-with-other-name": SignalWeight(
        0.7, "The host that sent it gave a name that is not its own: {}."
    ),
    "origin-odd": SignalWeight(2, "It was written on a rented or nameless machine: {}."),
    # Message-ID, date, receivers, program, form.
    "no-message-id": SignalWeight(1.9, "It has no Message-ID."),
    "message-id-odd": SignalWeight(0.3, "Its Message-ID is no proper one: {}."),
    "message-id-forged": SignalWeight(3.2, "Its Message-ID only looks like one of Outlook: {}."),
    "message-id-added": SignalWeight(
        3.5, "It came without a Message-ID: the receiving server added {}."
    ),
    "message-id-elsewhere": SignalWeight(1.1, "Its Message-ID is of another domain: {}."),
    "no-date": SignalWeight(1, "It has no date."),
    "date-unreadable": SignalWeight(1.2, "Its date cannot be read: {}."),
    "date-without-zone": SignalWeight(1.8, "Its date has no time zone: {}."),
    "date-in-future": SignalWeight(1, "It is dated after its arrival: {}."),
    "date-in-past": SignalWeight(1, "It is dated days before its arrival: {}."),
    "no-receiver": SignalWeight(1.5, "It names no receiver."),
    "undisclosed": SignalWeight(2.0, "It hides whom it is for: {}."),
    "free-mail-to-many": SignalWeight(1.6, "From a free mailbox to many at once: {}."),
    "many-receivers": SignalWeight(1.1, "It is addressed to many at once: {}."),
    "to-self": SignalWeight(2, "It is addressed to its own sender: {}."),
    "not-to-you": SignalWeight(0.3, "It is not addressed to you: {}."),
    "sent-by-script": SignalWeight(1.4, "A script sent it: {}."),
    "program-made-up": SignalWeight(3, "The mail program it names does not exist: {}."),
    "program-of-old": SignalWeight(1.5, "It claims a mail program from long ago: {}."),
    "marked-urgent": SignalWeight(0.9, "It is marked as urgent."),
    "html-alone": SignalWeight(1, "It comes as a web page alone, without plain text."),
    # Mail to many, and answers.
    "bulk-platform": SignalWeight(0.9, "A mailing platform sent it."),
    "bulk-without-list": SignalWeight(0.2, "It is sent to many, but from no mailing list."),
    "mailing-list": SignalWeight(-0.5, "It came through a mailing list: {}."),
    "answer": SignalWeight(0, "It says that it answers a message: {}."),
    "answer-to-you": SignalWeight(-3, "It belongs to a conversation that you kept: {}."),
}
