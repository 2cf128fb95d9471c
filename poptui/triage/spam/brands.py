"""Names that mail is forged under, and the domains their owners write from.

One line a brand: its name as it stands in a display name, spaces and punctuation left out; the
first labels of its domains (``amazon`` stands for amazon.com, amazon.de and so on, but not under
a top-level domain where a name costs next to nothing), or whole domains. ``sparkasse*`` stands
for sparkasse-anytown.de as well, for there are hundreds. Without a colon the name
is the label, too. Names that are words or family names as well count only where the display name
says nothing else, or has a word of an office beside it: these stand below, the clear ones in
``brand_table``.
"""

from __future__ import annotations

from poptui.triage.spam.brand_table import CLEAR

_AMBIGUOUS = """
apple: apple icloud itunes
chase: chase jpmorgan
target: target
orange: orange
visa: visa
post: post
discover: discover
meta: meta facebookmail facebook
norton: norton
citi: citi citibank
ing: ing
wise: wise
cash: cash square
ledger: ledger
stripe: stripe
free: free
total: totalenergies
shell: shell
delta: delta
united: united
caixa: caixa
trust: trustwallet
proton: proton protonmail
gemini: gemini
"""

_OFFICES = """
account accounts admin administrator alert alerts billing care center centre client cliente conta
customer delivery department desk fatura help helpdesk id info invoice kundenservice kundendienst
mail member notice notification notifications office online pay payment payments prime rewards
reward security secure service services servicio sicherheit store support suporte system team tech
verification verify wallet winner aviso atendimento gutschein bonus warranty bank banco
"""
OFFICES = frozenset(_OFFICES.split())
"""Words beside a name that speak for a company rather than for a person."""


def _table(text: str) -> dict[str, frozenset[str]]:
    rows = (line.partition(":") for line in text.split("\n") if line)
    return {name: frozenset((domains or name).split()) for name, _, domains in rows}


AMBIGUOUS = _table(_AMBIGUOUS)
BRANDS = _table(CLEAR) | AMBIGUOUS
