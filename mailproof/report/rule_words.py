"""Title and meaning of a rule, for people."""

from functools import cache

from mailproof.check.catalogue import CHECK, PREFLIGHT

WORDS = {
    "cname": "CNAME",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "dns": "DNS",
    "dnssec": "DNSSEC",
    "mx": "MX",
    "route53": "Route 53",
    "ses": "SES",
    "spf": "SPF",
    "txt": "TXT",
}
MAIL_FROM = ("mail-from", "MAIL_FROM")
MEANINGS = {rule.id: rule.meaning for rule in (*CHECK, *PREFLIGHT)}


@cache
def rule_title(rule: str) -> str:
    """Write ``mail-from-mx-extra`` as ``MAIL FROM MX extra``."""
    words = [WORDS.get(word, word) for word in rule.replace(*MAIL_FROM).split("-")]
    text = " ".join(words).replace("_", " ")
    return text[:1].upper() + text[1:]


def rule_meaning(rule: str) -> str:
    """Say what it means for mail; empty for a rule that is not in the catalogue."""
    return MEANINGS.get(rule, "")
