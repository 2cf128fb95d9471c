"""The names that hardly anybody but their owners bears, with the domains these write from.

``brands`` tells how a line is read.
"""

from __future__ import annotations

CLEAR = """
paypal: paypal paypal-communication
amazon: amazon amazonaws amazonses primevideo audible
amazonprime: amazon primevideo
ebay: ebay ebaykleinanzeigen reply.ebay
microsoft: microsoft microsoftonline office365 office outlook live azure xbox github linkedin
microsoft365: microsoft microsoftonline office
office365: microsoft microsoftonline office
onedrive: microsoft onedrive live
sharepoint: microsoft sharepointonline sharepoint
outlook: outlook microsoft live hotmail
hotmail: hotmail outlook microsoft live
skype: skype microsoft
icloud: icloud apple me
itunes: itunes apple
appleid: apple icloud
applepay: apple
google: google gmail youtube googlemail goo
gmail: google gmail googlemail
youtube: youtube google
facebook: facebook facebookmail meta fb
instagram: instagram facebookmail mail.instagram
whatsapp: whatsapp facebookmail
linkedin: linkedin
twitter: twitter x.com
tiktok: tiktok
telegram: telegram
snapchat: snapchat
netflix: netflix
spotify: spotify
disneyplus: disneyplus disney go.com
dropbox: dropbox dropboxmail
docusign: docusign
adobe: adobe adobesign
wetransfer: wetransfer
zoom: zoom zoom.us
mcafee: mcafee trellix
norton: norton nortonlifelock gendigital symantec
nortonlifelock: norton nortonlifelock gendigital
kaspersky: kaspersky
avast: avast gendigital
avira: avira gendigital
totalav: totalav
bitdefender: bitdefender
geeksquad: geeksquad bestbuy
bestbuy: bestbuy
walmart: walmart
costco: costco
samsclub: samsclub
homedepot: homedepot
thehomedepot: homedepot
lowes: lowes
acehardware: acehardware
harborfreight: harborfreight
tractorsupply: tractorsupply
kohls: kohls
macys: macys
cvs: cvs
walgreens: walgreens
starbucks: starbucks
dickssportinggoods: dickssportinggoods
yeti: yeti
costcowholesale: costco
omahasteaks: omahasteaks
shein: shein sheinemail
temu: temu temuemail
aliexpress: aliexpress alibaba
alibaba: alibaba
wish: wish
ikea: ikea
zalando: zalando
mediamarkt: mediamarkt
saturn: saturn
edeka: edeka
rewe: rewe
lidl: lidl lidl-plus
aldi: aldi aldi-sued aldi-nord
rossmann: rossmann
kaufland: kaufland
fressnapf: fressnapf
decathlon: decathlon
adac: adac
deutschebahn: bahn deutschebahn
telekom: telekom t-online telekom-dienste
deutschetelekom: telekom t-online
vodafone: vodafone
tmobile: t-mobile tmobile telekom
verizon: verizon verizonwireless
comcast: comcast xfinity
xfinity: xfinity comcast
siriusxm: siriusxm
peacock: peacocktv nbcuni
dhl: dhl dhl-news deutschepost
dhlpaket: dhl deutschepost
deutschepost: deutschepost dhl
fedex: fedex
ups: ups
usps: usps usps.gov
royalmail: royalmail
hermes: myhermes hermesworld
evri: evri
dpd: dpd
gls: gls gls-group gls-pakete
postnl: postnl
bpost: bpost
correios: correios
chronopost: chronopost
colissimo: laposte
laposte: laposte
anpost: anpost
swisspost: post swisspost
auspost: auspost
canadapost: canadapost postescanada
mondialrelay: mondialrelay
bankofamerica: bankofamerica bofa
wellsfargo: wellsfargo
citibank: citi citibank
capitalone: capitalone
americanexpress: americanexpress aexp
amex: americanexpress aexp
mastercard: mastercard
jpmorgan: jpmorgan chase
charlesschwab: schwab
hsbc: hsbc
barclays: barclays
lloydsbank: lloydsbank
natwest: natwest
nationwide: nationwide
santander: santander gruposantander
bbva: bbva
caixabank: caixabank
lacaixa: caixabank
itau: itau itau-unibanco
bradesco: bradesco
bancodobrasil: bb bancobrasil
caixaeconomica: caixa
nubank: nubank
livelo: livelo
mercadolivre: mercadolivre mercadopago mercadolibre
mercadolibre: mercadolibre mercadopago mercadolivre
mercadopago: mercadopago mercadolibre mercadolivre
receitafederal: gov.br fazenda.gov.br receita.fazenda.gov.br
detran: gov.br detran
serasa: serasa serasaexperian
bnpparibas: bnpparibas
creditagricole: credit-agricole ca
societegenerale: socgen societegenerale
labanquepostale: labanquepostale
banquepostale: labanquepostale
ameli: ameli assurance-maladie
assurancemaladie: ameli assurance-maladie
impots: gouv.fr impots.gouv.fr
antai: gouv.fr
postfinance: postfinance
raiffeisen: raiffeisen*
sparkasse: sparkasse* dsgv
volksbank: volksbank* vr
commerzbank: commerzbank
deutschebank: db deutsche-bank
postbank: postbank
comdirect: comdirect
tfbank: tfbank
ingbank: ing
rabobank: rabobank
abnamro: abnamro
kbc: kbc
belfius: belfius
intesasanpaolo: intesasanpaolo
unicredit: unicredit
posteitaliane: poste posteitaliane
nexi: nexi
aruba: aruba
klarna: klarna
stripe: stripe
wise: wise
revolut: revolut
cashapp: cash square squareup
venmo: venmo
zelle: zellepay zelle
westernunion: westernunion
moneygram: moneygram
coinbase: coinbase
binance: binance
kraken: kraken
metamask: metamask consensys
trustwallet: trustwallet
ledger: ledger
trezor: trezor
opensea: opensea
blockchain: blockchain
bitpanda: bitpanda
ripple: ripple
ethereum: ethereum
uniswap: uniswap
pancakeswap: pancakeswap
freebitco: freebitco.in
irs: irs.gov
socialsecurity: ssa.gov
socialsecurityadministration: ssa.gov
medicare: medicare.gov cms.gov
hmrc: hmrc.gov.uk gov.uk
fbi: fbi.gov ic.fbi.gov
federalbureauofinvestigation: fbi.gov
unitednations: un.org
worldbank: worldbank
imf: imf.org
elster: elster
finanzamt: elster
unitedhealthcare: uhc unitedhealthcare
statefarm: statefarm
aarp: aarp
carshield: carshield
booking: booking
bookingcom: booking
airbnb: airbnb
expedia: expedia expediamail
lufthansa: lufthansa
ryanair: ryanair
hilton: hilton
marriott: marriott
amtrak: amtrak
godaddy: godaddy secureserver
ionos: ionos 1und1
strato: strato
ovhcloud: ovh ovhcloud
ovh: ovh ovhcloud
cpanel: cpanel
wordpress: wordpress automattic
protonmail: proton protonmail
roundcube: roundcube
zimbra: zimbra
yahoo: yahoo yahoo-inc yahooinc
bol: bol
bolcom: bol
alberthein: ah
albertheijn: ah
kruidvat: kruidvat
ziggo: ziggo
kpn: kpn
digid: digid.nl
belastingdienst: belastingdienst.nl
anwb: anwb
nespresso: nespresso
mcdonalds: mcdonalds
cocacola: coca-cola
nutella: ferrero
milka: mondelez
steam: steampowered
roblox: roblox
discord: discord discordapp
paysafecard: paysafecard paysafe
dyson: dyson
dewalt: dewalt
makita: makita
rayban: ray-ban rayban luxottica
louisvuitton: louisvuitton lvmh
rolex: rolex
carrefour: carrefour
leclerc: leclerc
intermarche: intermarche mousquetaires
nocibe: nocibe
aok: aok
barmer: barmer
hornbach: hornbach
unimed: unimed
amil: amil
notredameintermedica: gndi hapvida
portoseguro: portoseguro
magazineluiza: magazineluiza magalu
americanas: americanas
ifood: ifood
renewalbyandersen: renewalbyandersen andersencorp
trugreen: trugreen
leaffilter: leaffilter
lifelinescreening: lifelinescreening
nutrisystem: nutrisystem
ftx: ftx
exodus: exodus
tether: tether.to
lido: lido.fi
docaposte: docaposte
gundrymd: gundrymd
hims: hims forhims
"""
