"""The DNS around the messages of the corpus, and what of it does not answer."""

from tests.explain.signer import curve_record, public_key, quoted, record

SMALL_KEY = (  # 512 bits
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMg/IrHDPFXAsyTgDWAqKnzBgBhFHDI8"
    "rhH6NyehKHBVj0lCia9p1T0oLFt5sI7VI7hg0u7qcDjHyCtcPpgvhmECAwEAAQ=="
)

ZONES = {
    "example.com": f"""\
@ A 192.0.2.80
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
s1._domainkey TXT {record("s1")}
long._domainkey TXT {record("long")}
other._domainkey TXT {record("other")}
testing._domainkey TXT {record("s1", tags="v=DKIM1; t=y")}
revoked._domainkey TXT "v=DKIM1; p="
bad._domainkey TXT "v=DKIM1; k=rsa; p=abcd"
version._domainkey TXT {record("s1", tags="v=DKIM2")}
exact._domainkey TXT {record("s1", tags="v=DKIM1; t=s")}
sha1._domainkey TXT {record("s1", tags="v=DKIM1; h=sha1")}
hashes._domainkey TXT {record("s1", tags="v=DKIM1; h=sha1:sha256; s=email; n=a note")}
reports._domainkey TXT {record("s1", tags="v=DKIM1; s=tlsrpt")}
bare._domainkey TXT {quoted(f"p={public_key('s1')}")}
spaced._domainkey TXT {quoted(f"v=DKIM1 ; k = rsa ; p = {public_key('s1')[:90]} {public_key('s1')[90:]} ;")}
two._domainkey TXT {record("s1")}
two._domainkey TXT {record("s1", tags="v=DKIM1; t=y")}
doubled._domainkey TXT {record("s1", tags="v=DKIM1; k=rsa; k=rsa")}
unknown._domainkey TXT {record("s1", tags="v=DKIM1; k=dsa")}
small._domainkey TXT "v=DKIM1; k=rsa; p={SMALL_KEY}"
ed._domainkey TXT {curve_record("ed")}
ed-other._domainkey TXT {curve_record("ed-other")}
ed-cut._domainkey TXT {curve_record("ed", cut=31)}
ed-rsa._domainkey TXT {record("s1", tags="v=DKIM1; k=ed25519")}
bounce TXT "v=spf1 include:amazonses.com ~all"
soft TXT "v=spf1 ~all"
neutral TXT "v=spf1 ?all"
hard TXT "v=spf1 -all"
open TXT "v=spf1 ip4:9.9.9.0/24 a mx -all"
broken TXT "v=spf1 include:nowhere.example.com -all"
syntax TXT "v=spf1 ip4:999.1.1.1 -all"
twice TXT "v=spf1 -all"
twice TXT "v=spf1 ~all"
empty TXT "no record of SPF"
redirected TXT "v=spf1 redirect=bounce.example.com"
endless TXT "v=spf1 include:endless.example.com -all"
names TXT "v=spf1 ptr:amazonses.com -all"
others TXT "v=spf1 ptr -all"
senders TXT "v=spf1 exists:%{{l1r-}}._spf.%{{d}} -all"
greeted TXT "v=spf1 exists:%{{h}}._spf.%{{d}} -all"
whole TXT "v=spf1 exists:%{{S}}._spf.%{{d}} -all"
proved TXT "v=spf1 exists:%{{p3}}._spf.%{{d}} -all"
all._spf.senders A 127.0.0.2
a8-12.smtp-out.eu-west-1.amazonses.com._spf.greeted A 127.0.0.2
a%40whole.example.com._spf.whole A 127.0.0.2
eu-west-1.amazonses.com._spf.proved A 127.0.0.2
not-ses TXT "v=spf1 -include:amazonses.com +all"
softly TXT "v=spf1 ~include:amazonses.com -all"
neutrally TXT "v=spf1 ?include:amazonses.com -all"
costly TXT "v=spf1 {" ".join(f"exists:x{number}.example.com" for number in range(11))} +all"
void TXT "v=spf1 a:x1.example.com a:x2.example.com a:x3.example.com +all"
six TXT "v=spf1 ip6:2a00:1450::/32 -all"
capital TXT "V=SPF1 IP4:54.240.8.12 -ALL"
silent TXT "v=spf1 include:dead.example.com -all"
""",
    "strict.example": f"""\
_dmarc TXT "v=DMARC1; p=quarantine; adkim=s; aspf=s"
s1._domainkey TXT {record("s1")}
s1._domainkey.mail TXT {record("s1")}
bounce TXT "v=spf1 include:amazonses.com -all"
""",
    "tested.example": '_dmarc TXT "v=DMARC1; p=reject; t=y"\n',
    "watching.example": '_dmarc TXT "v=DMARC1; p=none"\n',
    "silent.example": 'bounce TXT "v=spf1 include:amazonses.com -all"\n',
    "third.example": f's1._domainkey TXT {record("s1")}\nbounce TXT "v=spf1 ip4:9.9.9.0/24 -all"\n',
    "amazonses.com": f'@ TXT "v=spf1 ip4:54.240.0.0/18 -all"\nses._domainkey TXT {record("ses")}\n'
    'eu-west-1 TXT "v=spf1 include:amazonses.com -all"\na8-12.smtp-out.eu-west-1 A 54.240.8.12\n',
    "240.54.in-addr.arpa": "12.8 PTR a8-12.smtp-out.eu-west-1.amazonses.com.\n12.8 PTR forged.example.com.\n",
    "xn--bcher-kva.example": f'_dmarc TXT "v=DMARC1; p=reject"\ns1._domainkey TXT {record("s1")}\n',
    "dead.example": '@ TXT "v=spf1 ip4:54.240.0.0/18 -all"\n',
}
FAULTS = {
    "dead.example.com *": "servfail",
    "dead._domainkey.example.com *": "servfail",
    "_dmarc.dead.example *": "servfail",
}
