"""Wanted mail, in forms that are easily taken for spam."""

from __future__ import annotations

from tests.triage.draft import OWN, Draft

_UNSUBSCRIBE = [
    ("List-Unsubscribe", "<https://lists.example/u?id=8d1f>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ("Feedback-ID", "7:campaign:mailer"),
]
_ANSWER = [("In-Reply-To", "<a1@mailhost.example>"), ("References", "<a1@mailhost.example>")]
_LIST = [
    ("List-Id", "Gardeners <gardeners.lists.example.org>"),
    ("List-Post", "<mailto:gardeners@lists.example.org>"),
    ("Precedence", "list"),
]

WANTED: dict[str, Draft] = {
    "friend": Draft(
        "Ann Roe", "ann.roe@gmail.com", "Lunch on Friday?", host="mail-ej1-f45.google.com"
    ),
    "friend-photos": Draft("", "sam1987@web.de", "Fotos vom Wochenende", host="mout.web.de"),
    "answer": Draft("Kim Poe", "kim@poe.example", "Re: Invoice for March", extra=_ANSWER),
    "answer-free": Draft("Lee", "lee@yahoo.com", "RE: free tickets!!", extra=_ANSWER),
    "colleague": Draft(
        "Doe, Pat (Finance)", "p.doe@corp.example", "Payment run: please confirm your numbers today"
    ),
    "boss-urgent": Draft(
        "Robin Boss",
        "robin@corp.example",
        "URGENT: board papers",
        extra=[("X-Priority", "1"), ("Importance", "high")],
    ),
    "order": Draft(
        "Amazon.de",
        "bestellbestaetigung@amazon.de",
        "Deine Bestellung von „Gartenschere“ wurde versandt",
        host="a4-19.smtp-out.eu-west-1.amazonses.com",
        envelope="0102018f-5d1e@eu-west-1.amazonses.com",
        message_id="<0102018f5d1e-000000@eu-west-1.amazonses.com>",
    ),
    "receipt": Draft(
        "service@paypal.com",
        "service@paypal.com",
        "Receipt for your payment to Book Shop Ltd",
        html=True,
    ),
    "bank": Draft(
        "Sparkasse Musterstadt", "service@sparkasse-musterstadt.de", "Ihr Kontoauszug ist da"
    ),
    "card": Draft(
        "American Express",
        "AmericanExpress@welcome.americanexpress.com",
        "Important notice about your account",
        html=True,
    ),
    "signin": Draft(
        "Microsoft account team",
        "account-security-noreply@accountprotection.microsoft.com",
        "Microsoft account unusual sign-in activity",
    ),
    "google-alert": Draft("Google", "no-reply@accounts.google.com", "Security alert", html=False),
    "password": Draft("Forum", "noreply@forum.example.org", "Reset your password"),
    "verify": Draft("Chess Club", "hello@chess.example", "Verify your email address", html=True),
    "parcel": Draft("DHL Paket", "noreply@dhl.de", "Ihr DHL Paket kommt heute", html=True),
    "parcel-ups": Draft(
        "UPS", "mcinfo@ups.com", "UPS Update: Package Scheduled for Delivery Tomorrow"
    ),
    "invoice": Draft("Telekom Deutschland", "rechnung@telekom.de", "Ihre Rechnung März 2026"),
    "hotel": Draft(
        "Hotel Sonne via Booking.com", "1234567890-ab12.cd34@guest.booking.com", "Your stay"
    ),
    "ticket": Draft(
        "Example Support", "support@example.zendesk.com", "[Ticket #48213] Your request"
    ),
    "github": Draft(
        "octo", "notifications@github.com", "Re: [org/repo] Fix the build (#123)", extra=_ANSWER
    ),
    "shop-newsletter": Draft(
        "Garden Shop",
        "news@gardenshop.example",
        "🌷 Spring sale: save up to 30% – this week only!",
        envelope="bounce-123@mailer.example.net",
        host="mta7.mailer.example.net",
        extra=_UNSUBSCRIBE,
        html=True,
    ),
    "shop-newsletter-plain": Draft(
        "Book Shop Team",
        "newsletter@books.example",
        "Last chance: free shipping ends today",
        checks="foreign",
        envelope="b-55@mailer.example.net",
        host="mta8.mailer.example.net",
        extra=[("List-Unsubscribe", "<https://books.example/u>")],
    ),
    "charity": Draft(
        "River Trust",
        "hello@rivertrust.example.org",
        "Your donation doubles today",
        extra=_UNSUBSCRIBE,
    ),
    "weekly": Draft(
        "Science Weekly",
        "editor@scienceweekly.example",
        "Why bitcoin mining is thirsty",
        extra=_UNSUBSCRIBE,
    ),
    "club-bcc": Draft(
        "Tennis Club", "board@tennisclub.example", "Annual meeting", to="undisclosed-recipients:;"
    ),
    "club-bcc-free": Draft(
        "Jo Club",
        "joclub@gmail.com",
        "Choir: no rehearsal tonight",
        to="undisclosed-recipients:;",
        host="mail-wm1-f45.google.com",
    ),
    "reply-to-other": Draft(
        "Dr. Example's Practice",
        "praxis@doctor.example",
        "Your appointment on Monday",
        extra=[("Reply-To", "dr.example@gmx.de")],
    ),
    "cron": Draft(
        "Cron Daemon",
        "root@web1.corp.example",
        "Cron <root@web1> /usr/local/bin/backup",
        checks="none",
        inside=True,
        host="localhost",
    ),
    "scanner": Draft(
        "",
        "scanner@office.corp.example",
        "Scan from MFP-07341",
        checks="none",
        message_id=None,
        inside=True,
        host="localhost",
    ),
    "small-server": Draft("Chris", "chris@chris-home.example", "the keys", checks="none"),
    "form": Draft(
        "Web form",
        "www-data@site.example",
        "New enquiry",
        extra=[("X-PHP-Originating-Script", "33:f.php")],
    ),
    "list": Draft(
        "Max Muster",
        "max@muster.example",
        "[gardeners] free seeds, win-win!",
        extra=_LIST,
        envelope="gardeners-bounces@lists.example.org",
        host="lists.example.org",
        checks="fail",
    ),
    "list-answer": Draft(
        "Moritz",
        "moritz@gmail.com",
        "Re: [gardeners] WANTED: old pots",
        extra=_LIST + _ANSWER,
        envelope="gardeners-bounces@lists.example.org",
        host="lists.example.org",
        checks="fail",
    ),
    "forwarded": Draft(
        "Aunt May",
        "may@aunt.example",
        "Fwd: recipe",
        checks="foreign",
        envelope="SRS0=abc=may@alumni.example.edu",
        host="forward.alumni.example.edu",
    ),
    "old-friend": Draft("Old Friend", "friend@isp.example", "hello!", checks="old", year=2001),
    "old-newsletter": Draft(
        "Tech News",
        "news@technews.example",
        "Techs gain, Dow drops 2%",
        checks="old",
        year=2002,
        html=True,
        extra=[("Precedence", "bulk")],
    ),
    "old-answer": Draft(
        "Joe", "joe@univ.example.edu", "Re: emacs", checks="old", year=1999, extra=_ANSWER
    ),
    "cyrillic": Draft(
        "Иван Петров", "ivan@yandex.ru", "Встреча в понедельник", host="forward501.mail.yandex.net"
    ),
    "greek": Draft("Μαρία Παππά", "maria@pappa.example.gr", "Καλημέρα"),
    "japanese": Draft("山田太郎", "yamada@example.co.jp", "会議のお知らせ"),
    "emoji-friend": Draft(
        "Zoe 🌻", "zoe@icloud.com", "Happy birthday!!! 🎂🎉", host="ms11p00im-qufo17.me.com"
    ),
    "calendar": Draft("Ann Roe (Calendar)", "ann@corp.example", "Invitation: Budget @ Tue 10:00"),
    "school": Draft(
        "Schule am Park", "sekretariat@schule-am-park.example", "WICHTIG: Elternabend verlegt"
    ),
    "self": Draft("Pat Doe", OWN, "note to self", to=OWN, host="submission.mailhost.example"),
}
