"""What unwanted mail talks about, in the words of its subjects and sender names.

One kind of talk a table, words and phrases of up to three words, lower case and without accents,
in the languages it comes in. A phrase says little by itself: each kind counts once a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from poptui.triage.spam.confusables import plain

MAX_WORDS = 48
"""Words of a text that are looked at."""

_KINDS = {
    "talk-account": """
        your account, account suspended, account has been, account will be, account is, user
        id, suspended, suspension, unusual activity, unusual signin, unusual sign, sign in
        attempt, signin activity, someone tried to, log in to your, login attempt, new
        login, verify, verify your, verification required, confirm your, update your,
        validate your, reactivate, deactivated, deactivation, locked, restricted, security
        alert, security notice, security warning, password expir, password expires, password
        reset, your password, mailbox full, mailbox storage, storage full, storage limit,
        will be deleted, data breach, recovery phrase, billing information, payment method,
        action required, konto, ihr konto, gesperrt, eingeschrankt, bestatigen sie,
        verifizieren, sicherheitswarnung, sicherheitsupdate, aktualisieren sie, votre
        compte, suspendu, verifiez, confirmez, mise a jour, securite, su cuenta, cuenta,
        suspendida, verificar, verifique, sua conta, conta, bloqueado, bloqueada, bloqueio,
        bloqueamos, desbloqueie, acesso, dispositivo, regularize, regularizar, pendencia,
        pendente, atualize, atualizacao, confirme, conferma, sospeso, il tuo account, uw
        account, geblokkeerd, verifieer, bevestig, bevestiging nodig, cpf, cnh, abgelaufen,
        lauft ab, expired, has expired, abonnement, subscription, renewal, renew your,
        verlangern""",
    "talk-money": """
        unpaid, overdue, payment received, payment failed, payment declined, your payment,
        refund, wire transfer, funds, your fund, unclaimed, inheritance, beneficiary,
        compensation, donation, million, millions, usd, business proposal, proposal, loan,
        loans, grant, invoice attached, remittance, saldo disponivel, balance, your balance,
        charity, barrister, awarded, widow, next of kin, business partner, your assistance,
        western union, moneygram, mtcn, atm card, lottery, invest, investment, earn, income,
        cash, cashback, payout, withdraw, withdrawal, rechnung offen, mahnung, auszahlung,
        uberweisung, guthaben, facture, impayee, remboursement, virement, factura,
        reembolso, herencia, boleto, fatura, pagamento, valores, saldo, restituicao,
        imposto, multa, infracao, emprestimo, credito, debito, fattura, rimborso, rekening,
        betaling, terugbetaling, mortgage, debt, refinance""",
    "talk-parcel": """
        your package, your parcel, package delivery, delivery attempt, delivery failed,
        pending, pending delivery, shipment, shipping fee, customs, undelivered, could not
        be delivered, tracking number, awaiting delivery, order pending, paket, ihr paket,
        sendung, zustellung, zollgebuhr, lieferung, votre colis, colis, livraison, su
        paquete, paquete, envio, entrega, encomenda, mercadoria, retida, retido, alfandega,
        alfandegaria, taxa, pedido, rastreio, pacco, spedizione, consegna, pakket,
        verzenden, bezorging, uw zending""",
    "talk-prize": """
        winner, you won, you have won, have won, won an, congratulations, congrats, reward,
        rewards, gift card, giftcard, voucher, prize, sweepstakes, giveaway, selected,
        chosen, been selected, your chance, chance to, claim your, claim, eligible,
        exclusive, survey, win a, free gift, gewinn, gewinner, gewinnen, gewonnen,
        gewinnspiel, gluckwunsch, herzlichen gluckwunsch, gutschein, ausgewahlt, belohnung,
        umfrage, chance auf, geschenk, gagnant, gagner, gagne, felicitations, cadeau,
        recompense, carte cadeau, ganador, ganado, felicidades, premio, regalo, ganhou,
        parabens, premiado, presente, pontos, resgate, resgatar, milhas, vincitore, vinto,
        congratulazioni, prijs, cadeaukaart, gefeliciteerd, tool set, iphone""",
    "talk-gambling": """
        casino, free spins, freespins, spins, freispiele, jackpot, bonus, welcome bonus, no
        deposit, deposit, einzahlung, willkommensbonus, roulette, slots, poker, betting,
        bet, bets, wager, gokkast, gratis spins, tours gratuits, giros gratis, apuestas,
        apostas""",
    "talk-dating": """
        singles, dating, girls, women, brides, lonely, naughty, sexy, sex, horny,
        xxx, porn, nude, hookup, ladies, russian girls, ukrainian, ukrainiennes, rencontrer,
        celibataires, beautes, schonheiten, brauten, braute, looking for a lover, lover,
        pics, oekraiense, frauen, nackte, treffen, reifefrauen, rencontre, rencontres,
        femmes, mujeres, citas, solteras, mulheres, ragazze, vrouwen, milf, webcam, photos
        of you, i recorded you, adult""",
    "talk-pills": """
        viagra, cialis, levitra, pharmacy, prescription, pills, meds, weight loss, lose
        weight, diet, keto, gummies, cbd, pain relief, pain, blood sugar, diabetes,
        testosterone, erection, enlargement, enlarge, penis, libido, hair loss, anti aging,
        wrinkles, abnehmen, gewichtsverlust, potenz, perdre du poids, minceur, adelgazar,
        emagrecer, dimagrire, afvallen, aphrodisiaka, glp, hgh, herbal, growth hormone,
        neuropathy, tinnitus, nerve, medicare, hearing aids, dental, prostate, doctors,
        remedy""",
    "talk-crypto": """
        bitcoin, btc, crypto, cryptocurrency, wallet, your wallet, airdrop, token, tokens,
        nft, ethereum, eth, usdt, xrp, metamask, ledger, trust wallet, mining, blockchain,
        coinbase, elon musk, seed phrase, staking""",
    "talk-urgent": """
        urgent, urgente, dringend, immediately, immediate, final notice, last chance, last
        call, last warning, final warning, attention, important, important notice,
        hurry, expires, expiring, expire, act now, limited time, today only, within 24, in
        24, 24 hours, 48 hours, 24h, 48h, deadline, warning, 2nd attempt, second attempt, do
        not ignore, sofort, letzte, letzte chance, wichtig, nur noch, noch heute, dernier,
        derniere, immediatement, importante, ultima, ultimo, ultimas, aviso, alerta,
        atencao, notificacao, hoje, agora, prazo, avviso, laatste, vandaag, belangrijk, dear
        friend, dear, hello dear, open now""",
    "talk-offer": """
        free, offer, special offer, discount, save, savings, save up, deal, deals, cheap,
        lowest, lowest price, best price, rates, quote, quotes, warranty, insurance, home
        warranty, auto warranty, solar, solar panels, gutters, windows, roof, walk in,
        timeshare, no obligation, risk free, money back, guaranteed, guarantee, limited
        offer, unlimited, sale, promo, promotion, clearance, trial, free trial, kostenlos,
        gratis, rabatt, angebot, angebote, sparen, offre, offres, gratuit, gratuite,
        reduction, oferta, ofertas, descuento, desconto, descontos, promocao, promocoes,
        offerta, sconto, aanbieding, korting, proposta exclusiva, plano, planos,
        zonnepanelen, thuisbatterij, mortgage rates, seo, backlinks, first page, work from
        home, work at home, home based, opportunity, be your own, diploma, degree, toner,
        leads, bulk email, email addresses, credit card, credit report""",
}

_PHRASES = {
    " ".join(phrase.split()): kind
    for kind, text in _KINDS.items()
    for phrase in text.split(",")
    if phrase.strip()
}
_FIRST_WORDS = frozenset(phrase.partition(" ")[0] for phrase in _PHRASES)
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = {sign: " " for sign in range(128) if not chr(sign).isalnum()}


def _words(text: str) -> list[str]:
    """The runs of letters and digits, the quick way where all is ASCII."""
    return text.translate(_BETWEEN).split() if text.isascii() else _WORD.findall(text)


def kinds_of_talk(text: str) -> dict[str, str]:
    """The kinds of talk in ``text``, each with the first phrase that showed it."""
    found: dict[str, str] = {}
    words = _words(plain(text).casefold())[:MAX_WORDS]
    for place in [at for at, word in enumerate(words) if word in _FIRST_WORDS]:
        phrase = words[place]
        for following in (*words[place + 1 : place + 3], ""):
            kind = _PHRASES.get(phrase)
            if kind is not None:
                found.setdefault(kind, phrase)
            phrase = f"{phrase} {following}"
    return found


@lru_cache(maxsize=1024)
def kinds_of_names_talk(name: str) -> Mapping[str, str]:
    """``kinds_of_talk`` of a display name, which comes again and again."""
    return MappingProxyType(kinds_of_talk(name))
