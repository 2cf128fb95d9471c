"""The table of signals: how many points each adds to a score, and the text that explains it.

A message's score is the sum of its signals' points, limited to 0 to 10; 5 and more is spam. Signals
of wanted mail have negative points. ``{}`` at the end of a text stands for what the sender wrote.
Users can override the points in the configuration::

    [weights]
    subject-emoji = 0
"""

from __future__ import annotations

from typing import NamedTuple


class SignalWeight(NamedTuple):
    """The points of a signal, and the text that explains it."""

    points: float
    sentence: str


SIGNALS: dict[str, SignalWeight] = {
    # The user's lists and rules, and what was learned from the user.
    "friend": SignalWeight(-10, "The sender is on your friends list: {}"),
    "blocked": SignalWeight(10, "The sender is on your blocklist: {}"),
    "rule": SignalWeight(1, "Your rule matches: {}"),
    "learned": SignalWeight(5, "Learned from your mail: {}"),
    # Verdicts of spam and virus filters on the way.
    "server-spam": SignalWeight(6, "A mail server classified it as spam: {}"),
    "server-suspects": SignalWeight(2.5, "A mail server found it suspicious: {}"),
    "server-ham": SignalWeight(-0.5, "Your mail server classified it as not spam: {}"),
    "blocklisted": SignalWeight(4, "The sending host is on a blocklist: {}"),
    "virus": SignalWeight(8, "A virus scanner found something: {}"),
    # Sender authentication, as the receiving mail server checked it.
    "authenticated": SignalWeight(-0.6, "The sender's domain is verified: {}"),
    "newsletter-in-order": SignalWeight(
        -0.2, "Newsletter with an unsubscribe link, from a verified domain: {}"
    ),
    "unauthenticated": SignalWeight(3, "Neither SPF nor DKIM verifies the sender's domain: {}"),
    "foreign-signature": SignalWeight(1.3, "Only another domain is verified: {}"),
    "dmarc-fail": SignalWeight(3.6, "DMARC failed for the sender's domain: {}"),
    "spf-fail": SignalWeight(1.5, "SPF failed: this host may not send for this domain: {}"),
    "spf-softfail": SignalWeight(
        0.8, "SPF soft failure: this host should not send for this domain: {}"
    ),
    "free-mail-elsewhere": SignalWeight(2.6, "Not sent through the sender's own mail provider: {}"),
    # The sender's name and address.
    "brand-elsewhere": SignalWeight(
        5, "A known brand name on a domain that doesn't belong to it: {}"
    ),
    "brand-lookalike": SignalWeight(4, "Imitates a known brand name: {}"),
    "brand-in-domain": SignalWeight(3, "A known brand name inside another domain: {}"),
    "name-lookalike": SignalWeight(3, "The sender's name uses look-alike letters: {}"),
    "name-hidden": SignalWeight(2.5, "The sender's name contains invisible characters: {}"),
    "name-is-address": SignalWeight(2, "The sender's name is a different address or site: {}"),
    "name-is-yours": SignalWeight(3.5, "An outside sender uses your name or domain: {}"),
    "name-odd": SignalWeight(2.6, "The sender's name has odd punctuation: {}"),
    "name-talks": SignalWeight(2.6, "The sender's name is an advertisement: {}"),
    "name-number": SignalWeight(1.4, "The sender's name contains a long number: {}"),
    "name-emoji": SignalWeight(0.5, "The sender's name contains emoji: {}"),
    "office-at-free-mail": SignalWeight(2.6, "A company or office writing from a free mailbox: {}"),
    "business-at-free-mail": SignalWeight(1.4, "Business wording from a free mailbox: {}"),
    "impossible-domain": SignalWeight(4, "The sender's address can't exist: {}"),
    "private-domain": SignalWeight(1, "The sender's address belongs to a private network: {}"),
    "throwaway-domain": SignalWeight(4.8, "Disposable-address domain: {}"),
    "foreign-letters-domain": SignalWeight(1.5, "The sender's domain imitates Latin letters: {}"),
    "cheap-domain": SignalWeight(
        2.1, "The sender's domain is of a cheap kind that spammers favor: {}"
    ),
    "made-up-domain": SignalWeight(1.2, "The sender's domain looks random: {}"),
    "made-up-address": SignalWeight(2.6, "The sender's address looks random: {}"),
    "made-up-list": SignalWeight(2.5, "The mailing list's address looks random: {}"),
    "numbered-address": SignalWeight(1.8, "The sender's address ends in a long number: {}"),
    "deep-domain": SignalWeight(1.6, "The sender's domain has unusually many parts: {}"),
    "domain-odd-case": SignalWeight(1, "The sender's domain has capitals in odd places: {}"),
    "no-sender": SignalWeight(1.4, "No sender address: {}"),
    # Reply-To and Return-Path.
    "reply-to-free-mail": SignalWeight(3.6, "Replies go to an unrelated free mailbox: {}"),
    "reply-to-visitor": SignalWeight(
        0.5, "Replies go to a free mailbox, as with a contact form: {}"
    ),
    "reply-elsewhere": SignalWeight(1.2, "Replies go to another domain: {}"),
    "return-elsewhere": SignalWeight(0.6, "Bounces go to another domain: {}"),
    "return-throwaway": SignalWeight(2.2, "Bounces go to a disposable-address domain: {}"),
    "impossible-return": SignalWeight(1.5, "Bounces go to an address that can't exist: {}"),
    # The subject.
    "subject-lookalike": SignalWeight(2.5, "The subject uses look-alike letters: {}"),
    "subject-hidden": SignalWeight(1.5, "The subject contains invisible characters: {}"),
    "subject-padded": SignalWeight(2.5, "The subject hides text behind a run of spaces: {}"),
    "subject-random-tail": SignalWeight(2.6, "The subject ends in random characters: {}"),
    "subject-odd": SignalWeight(2, "The subject has odd punctuation: {}"),
    "subject-addressed": SignalWeight(
        2.8, "Your address is part of the subject or the sender's name: {}"
    ),
    "subject-missing": SignalWeight(2, "No subject"),
    "subject-ticket": SignalWeight(1.4, "The subject contains a case or order number: {}"),
    "subject-shouts": SignalWeight(1.6, "The subject is in capitals: {}"),
    "subject-emoji": SignalWeight(1.1, "The subject contains emoji: {}"),
    "subject-amount": SignalWeight(1.3, "The subject names an amount: {}"),
    "subject-phone": SignalWeight(2.5, "The subject asks you to call a number: {}"),
    "subject-advert": SignalWeight(3.5, "Labeled as an advertisement: {}"),
    "shared-by-person": SignalWeight(1.2, "A shared-file notice from a person's own mailbox: {}"),
    "subject-exclaims": SignalWeight(0.9, "Exclamation marks in the subject: {}"),
    "reply-to-nothing": SignalWeight(1.8, "Starts with a reply prefix but answers no message: {}"),
    "encoded-for-nothing": SignalWeight(1, "Plain letters are encoded as if to hide them: {}"),
    # Topics of the subject and the sender's name.
    "talk-account": SignalWeight(2, "Mentions an account or a password: {}"),
    "talk-money": SignalWeight(1.4, "Mentions money: {}"),
    "talk-inheritance": SignalWeight(2.4, "Mentions an inheritance or unclaimed money: {}"),
    "talk-authority": SignalWeight(1.6, "Poses as a court, the police or a tax office: {}"),
    "talk-parcel": SignalWeight(1, "Mentions a parcel or a toll: {}"),
    "talk-prize": SignalWeight(2.8, "Mentions a prize or a gift: {}"),
    "talk-gambling": SignalWeight(2.9, "Mentions gambling: {}"),
    "talk-dating": SignalWeight(2.7, "Mentions dating or sex: {}"),
    "talk-pills": SignalWeight(2.8, "Mentions pills or cures: {}"),
    "talk-crypto": SignalWeight(3.1, "Mentions cryptocurrency: {}"),
    "talk-extortion": SignalWeight(2, "Threatens or blackmails: {}"),
    "talk-workplace": SignalWeight(1.6, "Mentions workplace documents, calls or sign-in codes: {}"),
    "talk-services": SignalWeight(1.8, "Offers services for your website: {}"),
    "talk-job": SignalWeight(1.6, "Offers a job or a degree: {}"),
    "talk-urgent": SignalWeight(1.2, "Urgent wording: {}"),
    "talk-offer": SignalWeight(1.2, "Sales wording: {}"),
    "talk-mixed": SignalWeight(1.4, "Several suspicious subjects at once: {}"),
    # The route.
    "sent-directly": SignalWeight(0.5, "Delivered directly, without a relay: {}"),
    "client-without-name": SignalWeight(1.1, "The sending host has no name: {}"),
    "client-unverified": SignalWeight(1.3, "The sending host's name can't be verified: {}"),
    "client-dynamic": SignalWeight(
        1.2, "The sending host looks like a rented server or a home connection: {}"
    ),
    "greets-with-address": SignalWeight(
        1, "The sending host introduced itself with an IP address: {}"
    ),
    "greets-without-domain": SignalWeight(
        0.4, "The sending host introduced itself without a domain: {}"
    ),
    "greets-with-other-name": SignalWeight(
        0.7, "The sending host introduced itself with another name: {}"
    ),
    "origin-odd": SignalWeight(2, "Written on a rented or unnamed machine: {}"),
    # Message-ID, date, recipients, mail program, form.
    "no-message-id": SignalWeight(1.9, "No Message-ID"),
    "message-id-odd": SignalWeight(0.3, "Malformed Message-ID: {}"),
    "message-id-forged": SignalWeight(3.2, "The Message-ID imitates Outlook's: {}"),
    "message-id-added": SignalWeight(
        3.5, "Arrived without a Message-ID; the receiving server added one: {}"
    ),
    "message-id-elsewhere": SignalWeight(1.1, "The Message-ID belongs to another domain: {}"),
    "no-date": SignalWeight(1, "No date"),
    "date-unreadable": SignalWeight(1.2, "Unreadable date: {}"),
    "date-without-zone": SignalWeight(1.8, "The date has no time zone: {}"),
    "date-in-future": SignalWeight(1, "Dated after its arrival: {}"),
    "date-in-past": SignalWeight(1, "Dated days before its arrival: {}"),
    "no-receiver": SignalWeight(1.5, "No recipient"),
    "undisclosed": SignalWeight(2.0, "Hidden recipients: {}"),
    "free-mail-to-many": SignalWeight(1.6, "Sent from a free mailbox to hidden recipients: {}"),
    "many-receivers": SignalWeight(1.1, "Many recipients: {}"),
    "to-self": SignalWeight(2, "Addressed to its own sender: {}"),
    "not-to-you": SignalWeight(0.3, "Not addressed to you: {}"),
    "sent-by-script": SignalWeight(1.4, "Sent by a script: {}"),
    "program-made-up": SignalWeight(3, "Names a mail program that doesn't exist: {}"),
    "program-of-old": SignalWeight(1.5, "Claims a long-obsolete mail program: {}"),
    "marked-urgent": SignalWeight(0.9, "Marked as urgent"),
    "html-alone": SignalWeight(1, "HTML only, without plain text"),
    # Bulk mail, mailing lists and replies.
    "bulk-platform": SignalWeight(0.9, "Sent through a bulk-mail service"),
    "bulk-without-list": SignalWeight(0.2, "Bulk mail without a list name"),
    "mailing-list": SignalWeight(-0.5, "Came through a mailing list: {}"),
    "answer": SignalWeight(0, "Says that it answers a message: {}"),
    "answer-to-you": SignalWeight(-3, "Part of a conversation you kept: {}"),
}
