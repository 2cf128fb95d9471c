"""Ordinary mail that must not be taken for spam: subjects in many languages, automatic mail,
names."""

from __future__ import annotations

from dataclasses import dataclass, field

from poptui.triage.spam.verdict import Context

ANN = Context(frozenset({"ann.keller@example.net"}), frozenset({"mail.example.net", "example.net"}))

SUBJECTS: dict[str, tuple[str, ...]] = {
    "Arabic": ("دعوة إلى اجتماع الجمعية العمومية", "فاتورة شهر نوفمبر", "\u200fموعد الاستشارة يوم الخميس"),
    "Armenian": ("Հրավեր գիտաժողովին", "Շնորհակալություն աջակցության համար"),
    "Bengali": ("আগামী সপ্তাহের সভার আলোচ্যসূচি",),
    "Bulgarian": ("Покана за общо събрание на етажната собственост", "Документи за командировката"),
    "Chinese": ("关于召开年度股东大会的通知", "【铁路】您购买的车票已出票", "会议纪要（第3次）", "★周末聚餐★"),
    "Croatian": ("Zapisnik sa sastanka od četvrtka", "Poziv na skupštinu stanara"),
    "Czech": ("Zápis ze čtvrtečního zasedání výboru", "Smlouva o převodu vlastnictví"),
    "Danish": ("Referat fra bestyrelsesmødet", "Påmindelse om tandlægetid på torsdag"),
    "Dutch": ("Afspraak bij de tandarts bevestigd", "Notulen van de ledenvergadering"),
    "English": (
        "Meeting girls' football team on Saturday", "Pics from the women's choir", "Women in science: call for papers",
        "Your account statement for November", "Password reset requested", "ISO9001:2015 audit schedule",
    ),
    "Estonian": ("Koosoleku protokoll", "Kutse üldkoosolekule"),
    "Finnish": ("Yhtiökokouskutsu", "Lääkärin vastaanottoaika vahvistettu"),
    "French": ("Rencontre des parents d'élèves", "Compte rendu de l'assemblée générale", "Remboursement de vos frais de déplacement"),
    "Georgian": ("მოწვევა კონფერენციაზე", "შეხვედრის ოქმი"),
    "German": (
        "Treffen am Freitag im Gasthaus", "Angstschweiß und Lampenfieber: Workshop", "Einladung zur Mitgliederversammlung",
        "Ihr Konto: neue Umsatzübersicht", "Frauentreff im Gemeindehaus", "Rechtsschutzversicherungsangebot",
    ),
    "Greek": ("Πρόσκληση σε γενική συνέλευση", "Τιμολόγιο Νοεμβρίου", "Ραντεβού την Πέμπτη"),
    "Hebrew": ("הזמנה לאסיפה כללית", "חשבונית לחודש נובמבר", "\u200fתזכורת: תור לרופא שיניים"),
    "Hindi": ("वार्षिक आम बैठक की सूचना", "नवंबर महीने का बिल"),
    "Hungarian": ("Meghívó közgyűlésre", "Fogorvosi időpont visszaigazolása"),
    "Icelandic": ("Fundargerð aðalfundar", "Fyrirspurn um húsnæði"),
    "Italian": ("Convocazione assemblea condominiale", "Conferma appuntamento dal dentista"),
    "Japanese": (
        "【重要】年末年始休業のお知らせ", "ＮＴＴ工事のお知らせ", "★新商品のご案内★", "１２月分のＷｅｂ明細のお知らせ",
        "会議室予約のご確認", "Re: 打ち合わせの件",
    ),
    "Korean": ("주문하신 상품이 발송되었습니다", "【공지】정기 점검 안내", "11월 회의록 공유"),
    "Latvian": ("Uzaicinājums uz kopsapulci",),
    "Lithuanian": ("Kvietimas į visuotinį susirinkimą",),
    "Norwegian": ("Innkalling til årsmøte", "Bekreftelse på legetime"),
    "Persian": ("دعوت به جلسه\u200cی هیئت مدیره", "صورتحساب ماهانه"),
    "Polish": ("Protokół z posiedzenia wspólnoty", "Zaproszenie na szczęśliwe chrzciny"),
    "Portuguese": ("Ata da assembleia geral", "Confirmação de consulta médica", "Encontro de amigos no sábado"),
    "Romanian": ("Convocare la adunarea generală", "Confirmarea programării"),
    "Russian": (
        "Приглашение на конференцию", "Документы по командировке", "Счёт за ноябрь", "QR-код на вход", "IT-отдел: плановые работы",
    ),
    "Serbian": ("Записник са седнице", "Позив на скупштину станара"),
    "Slovak": ("Zápisnica zo štvrtkového zasadnutia",),
    "Slovenian": ("Zapisnik četrtkove seje",),
    "Spanish": ("Citas médicas de la semana", "Encuentro de mujeres del barrio", "Acta de la reunión de vecinos"),
    "Swedish": ("Kallelse till årsstämma", "Bekräftelse på tandläkartid"),
    "Thai": ("ขอเชิญประชุมสามัญประจำปี", "ใบแจ้งหนี้\u200bเดือนพฤศจิกายน"),
    "Turkish": ("Olağan genel kurul toplantısına davet", "Kasım ayı faturası", "IĞDIR TOPLANTISI"),
    "Ukrainian": ("Запрошення на загальні збори", "Рахунок за листопад"),
    "Vietnamese": ("Thư mời họp phụ huynh", "Hóa đơn tháng mười một"),
    "Welsh": ("Cofnodion y cyfarfod cyffredinol", "Gwahoddiad i ddathliad"),
}  # fmt: skip
"""Subjects that people and companies write, by language."""

NAMES: tuple[tuple[str, str], ...] = (
    ("Milka Petrovic", "milka.petrovic84@gmail.com"),
    ("Marie Leclerc", "marie.leclerc@mairie-sample.fr"),
    ("Peter Hilton", "philton@school-sample.org"),
    ("Hilton Rossmann", "h.rossmann@kanzlei-sample.de"),
    ("Hermes Oliveira", "hermes@arquitetos-sample.com.br"),
    ("Dr. Ulrike Elster", "elster@praxis-sample.de"),
    ("Peacock Nursery", "garden@peacocknursery-sample.co.uk"),
    ("Zoom Fotoclub", "info@zoom-fotoclub.de"),
    ("Saturn Apotheke", "info@saturn-apotheke.de"),
    ("Worcester Telegram", "news@telegram-sample.com"),
    ("Universidad de Santander", "info@udes-sample.edu.co"),
    ("Steam Railway Society", "tickets@steamrail-sample.org.uk"),
    ("Visa Service", "info@visaservice-sample.de"),
    ("Apple Orchard Support", "hello@orchard-sample.org"),
    ("Orange County Library", "notices@oclibrary-sample.gov"),
    ("UPS Monitor", "ups@nas-sample.org"),
    ("Nationwide Youth Orchestra", "office@nyo-sample.org"),
    ("Discord Productions", "hi@theatre-sample.org"),
    ("Shell Script Club", "list@shell-sample.org"),
    ("Chase Morgan", "chase.morgan@outlook.com"),
    ("Lufthansa", "online@booking-lufthansa.com"),
    ("Colissimo", "noreply@notif-colissimo-laposte.info"),
    ("Müller GmbH 🎄", "info@mueller-sample.de"),
    ("株式会社サンプル★", "info@sample.co.jp"),
    ("【公式】Ｓショップ", "shop@s-sample.co.jp"),
    ("Ольга Иванова", "olga.ivanova@sample.ru"),
    ("Κωνσταντίνος Παππάς", "kpappas@sample.gr"),
    ("Hrvoje Krstić", "hkrstic@sample.hr"),
    ("Casino de Sample", "presse@casino-sample.fr"),
    ("Sonnen-Apotheke", "pharmacy@sonnen-apotheke-sample.de"),
    ("Poker Club Nord", "vorstand@pokerclub-nord-sample.de"),
    ("bücher müller", "kontakt@xn--mller-kva.de"),
)
"""People, places, companies and clubs whose names contain a brand or a trade, or are written
oddly."""


@dataclass(frozen=True)
class Machine:
    """The header of automatic mail; the defaults are ordinary."""

    sender: str
    subject: str
    more: tuple[str, ...] = ()
    results: str = "pass"
    """``pass`` for the sender's own domain, another domain for its signature, or ``none``."""
    received: str = ""
    """The boundary hop, if it is not an ordinary one."""
    message_id: str | None = "<1.2@{domain}>"
    to: str = "ann.keller@example.net"
    returns: str = ""
    without: tuple[str, ...] = field(default=())


_OWN_HOSTER = (
    "from MFP-2 (unknown [192.0.2.7]) (Authenticated sender: ann.keller@example.net) by"
    " mail.example.net (Postfix) with ESMTPSA id 1"
)
_LOCAL = "by mail.example.net (Postfix, from userid 0) id 1"

MACHINES: dict[str, Machine] = {
    "wordpress-comment": Machine(
        "WordPress <wordpress@blog-sample.de>", "[Blog] Please moderate: Hello",
        ("X-PHP-Originating-Script: 33:class-phpmailer.php", "Reply-To: bea@gmx.net"),
        results="hoster-sample.de", returns="u1@hoster-sample.de",
    ),
    "wordpress-login": Machine("WordPress <wordpress@shop-sample.com>", "[Shop] Login Details", ("X-Mailer: PHPMailer 6.9",)),
    "contact-form": Machine(
        "Bea Summer <wordpress@cottage-sample.de>", "[Cottage] Contact",
        ("Reply-To: bea.summer@yahoo.com", "Content-Type: text/html", "X-Mailer: PHPMailer 6.8"), results="none",
        returns="www-data@web4.hoster-sample.de",
    ),
    "shop-order-to-owner": Machine(
        "Shop <shop@pots-sample.de>", "New order #10234 (120,00 €)", ("Reply-To: kim@web.de", "X-Mailer: PHPMailer 6.8"),
    ),
    "nagios": Machine("nagios@monitor.localdomain", "** PROBLEM Service Alert: web1/HTTP is CRITICAL **", received=_LOCAL),
    "cron-smarthost": Machine("root@web42.internal", "Cron <root@web42> /usr/local/bin/backup.sh", results="none", message_id="<1@web42.internal>"),
    "icinga": Machine("Icinga <icinga@mon-sample.org>", "[PROBLEM] Disk on db1.example.net is WARNING! 81% full"),
    "scanner": Machine("scanner@example.net", "Scan_20261126_091420", received=_OWN_HOSTER, message_id=None, results=""),
    "scanner-dated": Machine("mfp@example.net", "Scan-2026-11-26-0914", received=_OWN_HOSTER, message_id="<1@kas-hoster.example>", results=""),
    "colleague-home": Machine(
        "Bob <bob@example.net>", "Protokoll", results="",
        received="from [192.168.1.5] (p5b0.dip0.t-ipconnect.de [192.0.2.8]) by mail.example.net (Postfix) with ESMTPSA id 2",
    ),
    "srs-forward": Machine(
        "Tom <tom@friends-sample.org>", "Photos", results="fail", returns="SRS0=ab=cd=friends-sample.org=tom@alumni-sample.edu",
    ),
    "google-docs": Machine(
        '"Lena (via Google Docs)" <drive-shares-dm-noreply@google.com>', 'Document shared with you: "Plan"',
        ("Reply-To: Lena <lena.h@gmail.com>",),
    ),
    "wetransfer": Machine("WeTransfer <noreply@wetransfer.com>", "lena.h@gmx.net sent you 3 files via WeTransfer", ("Reply-To: lena.h@gmx.net",)),
    "doodle": Machine(
        '"Lena (via Doodle)" <mailer@doodle.com>', 'Lena invites you to vote on "Dinner"', ("Reply-To: lena@gmx.at",),
        message_id="<Zz1Yy2Xx3@geopod-ismtpd-3>",
    ),
    "eventbrite": Machine("Eventbrite <noreply@event.eventbrite.com>", "Your tickets for Open Day", ("Reply-To: org@gmail.com",), message_id="<x@ip-10-0-0-1.ec2.internal>"),
    "paypal-receipt": Machine('"service@paypal.de" <service@paypal.de>', "Beleg für Ihre Zahlung an Books", message_id="<81.12.1@ccg13mail04>"),
    "gmx-mail": Machine("Kai <kai.b@gmx.de>", "Urlaub", message_id="<trinity-1-2@3c-app-gmx-bs22>"),
    "bounce": Machine(
        "Mail Delivery System <MAILER-DAEMON@mail.example.net>", "Undelivered Mail Returned to Sender",
        ("Auto-Submitted: auto-replied", "Content-Type: multipart/report"), received=_LOCAL, returns="<>",
    ),
    "bounce-exchange": Machine(
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@firm-sample.com>", "Undeliverable: Minutes",
        ("Auto-Submitted: auto-replied",),
    ),
    "cpanel": Machine("cPanel on host1.hoster-sample.com <cpanel@host1.hoster-sample.com>", '[host1] Disk quota notification for "annk" (95% full)'),
    "whm": Machine("WHM <root@host1.hoster-sample.com>", "[host1] Your SSL certificate expires in 7 days", results="none"),
    "hoster-renewal": Machine("Hoster <billing@hoster-sample.com>", "Your domain example.net will expire in 30 days: action required"),
    "password-reset": Machine("Forum <noreply@forum-sample.org>", "Reset your password", ("Content-Type: text/html",)),
    "two-factor": Machine("Instagram <security@mail.instagram.com>", "123456 is your verification code"),
    "payment-declined": Machine("Stream <billing@stream-sample.com>", "Your payment was declined - please update your payment method", ("Content-Type: text/html",)),
    "parcel": Machine("DHL Paket <noreply@dhl.de>", "Ihr Paket kommt heute: Zustellung zwischen 10 und 12 Uhr"),
    "newsletter-esp": Machine(
        "Coffee <hello@coffee-sample.de>", "☕ New: our winter roast!", ("List-Unsubscribe: <https://x.example/>", "List-Id: <1.list-id.mcsv.net>"),
        results="mcsv.net", returns="bounce-1@mail77.mcsv.net",
    ),
    "toll-receipt": Machine("E-ZPass <noreply@e-zpassny.com>", "Your toll statement is ready"),
    "payroll-own": Machine("HR <hr@example.net>", "Payroll update: your payslip for November", results="example.net"),
    "voicemail-own": Machine("PBX <pbx@example.net>", "New voicemail from 030 123456", received=_OWN_HOSTER, results=""),
    "github": Machine(
        "Ann <notifications@github.com>", "Re: [org/repo] Crash on start (Issue #1234)",
        ("List-Id: org/repo <repo.org.github.com>", "List-Post: <mailto:reply@reply.github.com>", "Reply-To: org/repo <reply+AAB@reply.github.com>"),
    ),
    "list-munged": Machine(
        "Bob via Gardeners <gardeners@lists-sample.org>", "[Gardeners] seeds", ("List-Id: <gardeners.lists-sample.org>", "Reply-To: bob@gmail.com"),
        results="lists-sample.org", returns="gardeners-bounces@lists-sample.org", to="gardeners@lists-sample.org",
    ),
    "firebase-verify": Machine("Recipes <noreply@recipes-4f2a1.firebaseapp.com>", "Verify your email for Recipes", ("Content-Type: text/html",)),
    "firebase-reset": Machine("noreply@notes-88ab1.firebaseapp.com", "Reset your password for notes-88ab1", ("Content-Type: text/html",)),
    "firebase-welcome": Machine("Quiz <noreply@quiz-19ac2.firebaseapp.com>", "Welcome to Quiz! 🎉", ("Content-Type: text/html",)),
    "heroku-app": Machine("Board <notices@board-sample.herokuapp.com>", "You were assigned to a card", ("Content-Type: text/html",)),
    "tenant-without-domain": Machine("Canteen <canteen@firmsample.onmicrosoft.com>", "Menu of the week"),
    "azure-booking": Machine("Booking <donotreply@7f3c-11ee.azurecomm.net>", "Your appointment is confirmed", ("Content-Type: text/html",)),
    "sign-up-young-domain": Machine("Sample <noreply@sample-app.live>", "Confirm your email address", ("Content-Type: text/html",)),
    "wordpress-update": Machine(
        "WordPress <wordpress@garden-sample.org>", "[Garden] Your site has updated to WordPress 6.9", ("X-Mailer: PHPMailer 6.9",),
        results="none", returns="u5@hoster-sample.com",
    ),
    "form-of-small-site": Machine(
        "Site <info@joiner-sample.de>", "New message!", ("Reply-To: uschi@freenet.de", "Content-Type: text/html", "X-Mailer: PHPMailer 6.5"),
        results="none", returns="p12@web5.hoster-sample.de",
    ),
    "nagios-no-reverse-name": Machine(
        "Nagios <nagios@monitor-sample.org>", "** PROBLEM Host Alert: mail1 is DOWN **", results="none",
        received="from m.monitor-sample.org (unknown [203.0.113.8]) by mail.example.net (Postfix) with ESMTP id 3",
    ),
    "bounce-unproven": Machine("MAILER-DAEMON@mx4.provider-sample.com", "failure notice", results="none", returns="<>", message_id=None),
    "bounce-gmail": Machine("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)", returns="<>"),
    "srs-of-exchange": Machine(
        "Tom <tom@friends-sample.org>", "Parish letter", ("Content-Type: text/html",), results="fail",
        returns="bounces+SRS=Kw1x2=ZZ@firm-sample.com",
    ),
    "calendar-invitation": Machine(
        "Mara <mara.vogel@gmail.com>", "Invitation: Retro @ Thu Nov 28, 2026 10am (CET) (ann.keller@example.net)",
        ("Sender: Google Calendar <calendar-notification@google.com>",), message_id="<calendar-1234@google.com>",
    ),
    "calendly": Machine("Calendly <notices@calendly.com>", "New Event: Lena Wolf - 14:30 Thu", ("Reply-To: lena.w@gmail.com", "Content-Type: text/html")),
    "jira": Machine('"Lena (Jira)" <jira@team-sample.atlassian.net>', "[JIRA] (OPS-42) Disk full on web-01"),
    "school-urgent": Machine(
        "School <office@school-sample.de>", "Parents' evening cancelled!", ("Content-Type: text/html", "X-Priority: 1"), results="none",
    ),
    "club-bcc": Machine("Choir <choir@gmail.com>", "Rehearsal moved!", to="undisclosed-recipients:;"),
}  # fmt: skip


def header_of(machine: Machine) -> bytes:
    """Return the header block of automatic mail, as the receiver's server delivered it."""
    domain = machine.sender.rpartition("@")[2].rstrip(">")
    returns = machine.returns or f"bounce@{domain}"
    hop = (
        machine.received
        or f"from mx.{domain} (mx.{domain} [198.51.100.9]) by mail.example.net with ESMTPS id 9"
    )
    lines = [
        f"Return-Path: <{returns.strip('<>')}>",
        f"Received: {hop}; Thu, 26 Nov 2026 09:14:20 +0100",
    ]
    result = {
        "pass": f"spf=pass smtp.mailfrom={returns}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}",
        "none": f"spf=none smtp.mailfrom={returns}; dkim=none",
        "fail": f"spf=pass smtp.mailfrom={returns}; dkim=fail header.d={domain}; dmarc=fail header.from={domain}",
        "": "",
    }.get(
        machine.results, f"spf=pass smtp.mailfrom={returns}; dkim=pass header.d={machine.results}"
    )
    if result:
        lines.append(f"Authentication-Results: mail.example.net; {result}")
    lines += [f"From: {machine.sender}", f"To: {machine.to}", f"Subject: {machine.subject}"]
    lines.append("Date: Thu, 26 Nov 2026 09:14:18 +0100")
    if machine.message_id:
        lines.append(f"Message-ID: {machine.message_id.format(domain=domain)}")
    named = {line.partition(":")[0].lower() for line in machine.more}
    if "content-type" not in named:
        lines.append("Content-Type: text/plain; charset=utf-8")
    return "\r\n".join([*lines, *machine.more, "", ""]).encode()
