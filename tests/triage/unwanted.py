"""Unwanted mail: phishing, fraud and advertising, in its usual forms."""

from __future__ import annotations

from tests.triage.draft import OWN, Draft

_HIDDEN = "undisclosed-recipients:;"

UNWANTED: dict[str, Draft] = {
    "paypal": Draft(
        "PayPal Service",
        "service@account-review.example",
        "Your account has been limited: action required",
        checks="none",
        html=True,
    ),
    "bank-forged": Draft(
        "Sparkasse",
        "sicherheit@sparkasse.de",
        "Ihr Konto wurde gesperrt",
        checks="fail",
        envelope="root@vps-4410",
        host="vps-4410",
    ),
    "lookalike": Draft(
        "Μіcrosоft account team", "no-reply@mail-center.example", "Unusual sign-in activity"
    ),
    "drawn-alike": Draft("Trust WaIIet", "noreply@wallets.example", "Your wallet is suspended"),
    "parcel": Draft(
        "DHL Express",
        "tracking@x7k2qv9.top",
        "Your package is pending delivery #8812345",
        checks="foreign",
        envelope="b@bulk.example",
    ),
    "mailbox": Draft(
        f"{OWN} Administrator",
        "support@ruined-site.example",
        f"{OWN}: password expires in 24 hours",
        checks="none",
        html=True,
    ),
    "throwaway": Draft(
        "Lucky Casino 🎰",
        "noreply@promo-4411.firebaseapp.com",
        "100% Bonus + 200 free spins are waiting 🎁",
        host="mail-sor-f69.google.com",
    ),
    "tenant": Draft(
        "McAfee™", "alerts@cgbedugt.onmicrosoft.com", "Your protection has expired: renew your plan"
    ),
    "widow": Draft(
        "Mrs. Ruth Widow",
        "office@hacked-school.example",
        "URGENT BUSINESS PROPOSAL",
        checks="none",
        to=_HIDDEN,
        extra=[("Reply-To", "mrs.ruth.widow@gmail.com")],
    ),
    "lottery": Draft(
        "Google Lottery Board",
        "claims4471@hotmail.com",
        "CONGRATULATIONS! You have won 1,000,000 USD",
        to=_HIDDEN,
        extra=[("Reply-To", "agent@gmail.com")],
    ),
    "dating": Draft(
        "Hot singles",
        "q7w2x@x7k2qv9wq.com",
        "Lonely ladies want to meet you 😘",
        checks="none",
        html=True,
    ),
    "pills": Draft(
        "Canadian Pharmacy ,_",
        "iivcfywnolhbkrm@meds-24.example",
        "Viagra & Cialis, save 80%",
        checks="none",
        envelope="bounce@other-2.example",
    ),
    "crypto": Draft(
        "Coinbase",
        "no-reply@mail.coin-verify.xyz",
        "Your wallet: claim your airdrop tokens now",
        checks="foreign",
        envelope="0102@amazonses.com",
        host="a4-19.smtp-out.eu-west-1.amazonses.com",
    ),
    "tax": Draft(
        "Receita Federal",
        "aviso@regularize103789",
        "Aviso: seu CPF será bloqueado - protocolo 84453862",
        checks="none",
        message_id="<1@localhost.localdomain>",
    ),
    "tool-prize": Draft(
        "Home Depot Rewards ,_",
        "4fhsk56@gpfigk.net",
        "You have won a DeWalt tool set!",
        checks="none",
        message_id=None,
        envelope="bounce@nuhstrfpolviin.example",
    ),
    "styled": Draft(
        "CarShield", "GAMA_1351@j3iba.click", "𝐈𝐦𝐩𝐨𝐫𝐭𝐚𝐧𝐭 𝐌𝐞𝐬𝐬𝐚𝐠𝐞 - 𝐎𝐩𝐞𝐧 𝐍𝐨𝐰", checks="foreign",
        envelope="x@mailer.example.net",
    ),
    "invisible": Draft(
        "L\ufeffe\ufeffdger", "user@forms.example", "Con\u200bfirm your re\u200bcovery phrase"
    ),
    "script": Draft(
        "Netflix",
        "info@bakery.example",
        "Payment declined: update your billing information",
        extra=[("X-PHP-Originating-Script", "33:leaf.php"), ("X-Mailer", "PHPMailer 6.1")],
    ),
    "boss": Draft("CEO Robin Boss", "office.desk4471@gmail.com", "Are you there? urgent payment"),
    "gift": Draft(
        "Edeka Gutschein",
        "service@stayfriends.example",
        "Herzlichen Glückwunsch! Ihr 500€ Gutschein",
        checks="fail",
        envelope="return@crossword.example",
    ),
    "old-spam": Draft(
        "Amazing Offers",
        "x9k3j2m7@hotmail.com",
        "LOSE WEIGHT FAST!!!          xk3j9",
        checks="old",
        year=2002,
        to=_HIDDEN,
        html=True,
        host="dsl-81-22-4-9.dyn.example.net",
        message_id=None,
    ),
}  # fmt: skip
