"""Typical unwanted mail of today, without any server's score."""

from __future__ import annotations

from tests.triage.ordinary import Machine

_PHP = ("X-PHP-Originating-Script: 0:mail.php", "Content-Type: text/html")
_HTML = ("Content-Type: text/html",)
_BARE = "from mail.unknown-sample.com (unknown [203.0.113.77]) by mail.example.net (Postfix) with ESMTP id 7"
_HIDDEN = "undisclosed-recipients:;"

LURES: dict[str, Machine] = {
    "own-domain-it": Machine("example.net IT Helpdesk <kontakt@bakery-sample.de>", "Password expires today: keep your password", _HTML),
    "own-domain-voicemail": Machine("Voicemail (example.net) <noreply@church-sample.org>", "New voice message for ann.keller", _HTML),
    "own-domain-payroll": Machine("example.net Payroll <hr@college-sample.edu>", "Salary review: scan the QR code to sign"),
    "own-local-part": Machine("ann.keller <sales@parts-sample.com>", "Your mailbox is almost full", _HTML, results="none"),
    "qr-mfa": Machine("Microsoft Security <alerts@lake-sample.org>", "Scan the QR to keep your authenticator active", _HTML),
    "callback-norton": Machine("Norton Billing <invoices4471123@gmail.com>", "Order 4471123: $399.99 charged, call 1 (888) 555-0134"),
    "callback-geek": Machine("Geek Squad <kim.lee88412@gmail.com>", "Your renewal of $349.00 - call +1 808 555 0100 to cancel"),
    "toll-ezpass": Machine("E-ZPass <notice@toll-sample.top>", "Final notice: unpaid toll invoice", _HTML),
    "toll-sunpass": Machine("SunPass <info@roads-sample.xyz>", "Outstanding toll: pay within 24 hours", _HTML),
    "parcel-hermes": Machine("Hermes Zustellung <info@zustell-sample.click>", "Ihr Paket: Zollgebühr 1,99 €", _HTML),
    "parcel-correos": Machine("Correos <no-reply@entrega-sample.shop>", "Su paquete está retenido: pague la taxa", _HTML),
    "parcel-dhl": Machine("DHL Express <info@flowers-sample.it>", "Your package could not be delivered", _HTML, results="none"),
    "seo-re": Machine("Emma White <emma.seoteam@gmail.com>", "Re: Rank your website on the first page of Google"),
    "web-design": Machine("Priya <priya.webdesign21@outlook.com>", "Re: website redesign proposal", to=_HIDDEN),
    "guest-post": Machine("Leo <leo.outreach@gmail.com>", "Guest post and backlinks for your website"),
    "job": Machine("HR Recruiter <hiring.manager5512@gmail.com>", "Remote job offer: daily salary 300 USD"),
    "advance-fee": Machine("Mrs. Ruth Abel <office@town-sample.gov.br>", "Next of kin: fund release", ("Reply-To: ruth.abel@gmail.com",), results="none", to=_HIDDEN),
    "donation": Machine("Maria Elisabeth <m.elisabeth@uni-sample.ac.id>", "Donation to you: 2 million euros", ("Reply-To: me77@proton.me",), to=_HIDDEN),
    "dating-nl": Machine("Geile Vrouwen <info@club-sample.fun>", "Eenzame vrouwen zoeken seks bij jou in de buurt", _HTML),
    "dating-es": Machine("Contactos <hola@amor-sample.site>", "Conoce mujeres solteras: citas calientes hoy", _HTML),
    "dating-de": Machine("Jenny <jenny88123@hot-sample.xyz>", "Geile Frauen: nackte Bilder für dich 😘", _HTML),
    "ja-account": Machine("Amazonカスタマー <info@kx7q2v9w.cn>", "【重要】アカウントの停止：本人確認のお願い", _HTML, results="none"),
    "ja-card": Machine("三井住友カード <smbc@zx9qk3v7.cn>", "【緊急】お支払い方法の更新をお願いします", _HTML, results="none"),
    "zh-invoice": Machine("财务 <kp88231@163.com>", "代开各类发票 增值税", results="none"),
    "zh-gambling": Machine("澳门娱乐城 <a8831@vip-sample.top>", "注册送彩票 博彩优惠", _HTML),
    "sextortion": Machine("<ann.keller@example.net>", "I recorded you: I have access to your device", results="none", received=_BARE),
    "casino": Machine("Lucky Spins <vip@gewinn-sample.club>", "🎰 200 Freispiele ohne Einzahlung", _HTML),
    "pills": Machine("Health <info@slim-sample.live>", "Burn fat with keto gummies", _HTML, to=_HIDDEN),
    "crypto": Machine("Ledger Support <support@secure-sample.io>", "Your wallet will be suspended: verify your seed phrase", _HTML),
    "tax": Machine("Finanzamt <info@steuer-sample.online>", "Ihre Steuererstattung von 428,10 €", _HTML),
    "police": Machine("Interpol <convocation.police77@gmail.com>", "PROCES VOUS CONCERNANT: CONVOCATION", to=_HIDDEN),
    "bank-forged": Machine("Sparkasse <service@sparkasse.de>", "Ihr Konto wurde eingeschränkt", _HTML, results="fail", received=_BARE),
    "paypal": Machine("PayPal <service@hacked-sample.com.br>", "Your account has been limited", _HTML, results="none"),
    "cpanel": Machine("cPanel <info@mfg-sample.co.th>", "ann.keller@example.net: mailbox quota exceeded", _PHP, results="none"),
    "mailbox": Machine("Webmail Admin <info@school-sample.ac.th>", "Verify your mailbox: storage full", _HTML, results="none"),
    "docusign": Machine("DocuSign <dse@sign-sample.com>", "Completed: please review and sign", (*_HTML, "X-SG-EID: x")),
    "facebook": Machine("Meta Support <noreply@salesforce-sample.com>", "Copyright violation: your page will be deleted", _HTML),
    "list-spam": Machine("Prof <conf@journal-sample.xyz>", "Cheap viagra and cialis, no prescription", ("List-Id: <x.lists-sample.org>", "List-Post: <mailto:x@lists-sample.org>"), results="none"),
    "phish-via-list": Machine("PayPal via Club <club@lists-sample.org>", "Account suspended: verify your identity", ("List-Id: <club.lists-sample.org>", *_HTML), results="lists-sample.org"),
    "adv": Machine("Roofs <x@ads-sample.biz>", "ADV: lowest mortgage rates!!", _HTML, results="none"),
    "replica": Machine("Watches <w77x21@mail-sample.ru>", "Replica watches: best prices", _HTML, results="none", received=_BARE),
    "forged-outlook": Machine("Ann <a@b-sample.com>", "Your invoice", results="none", message_id="<000018e94cd4$0000220a$000063aa@x-sample.com>"),
    "robux": Machine("Microsoft Team™ <noreply@x7-44.firebaseapp.com>", "Your storage is full", _HTML),
    "platform-account": Machine("Microsoft Account <noreply@acct-9981.firebaseapp.com>", "Unusual sign-in activity: verify your account", _HTML),
    "platform-storage": Machine("Cloud Speicher <noreply@nice2-def20.firebaseapp.com>", "Ihr Speicher ist voll: jetzt handeln", _HTML),
    "platform-mailbox": Machine("Mailbox Admin <x@upd-sample.web.app>", "Mailbox storage full: upgrade now", _HTML),
    "platform-prize": Machine("Rewards <x8@k2.azurecomm.net>", "You have won a gift card", _HTML),
    "platform-callback": Machine("Accounts <invoice@t8821.onmicrosoft.com>", "Your renewal: $399.99, call +1 888 555 0143", _HTML),
    "shared-with-nobody": Machine("Farm Office <office@farm-sample.com.ar>", "Secure document shared with you - review and sign", _HTML, to=_HIDDEN),
    "own-domain-missed-call": Machine("VoiceMessage (example.net) <office@stone-sample.fr>", "Missed call: 1 new message (0:42)", _HTML),
    "compromised-reply": Machine("Jon Poe <jon@farm-sample.co.za>", "Re: Secure document shared: review and sign", _HTML, to=_HIDDEN),
}  # fmt: skip
