"""All rules of `mailproof check`, in the order in which they are tried on one subject."""

from typing import Any

from mailproof.check.rule import CHECK, Rule
from mailproof.check.rules import account, cached, dkim, dmarc, identity, mail_from, txt, unanswered, zone

SECTIONS = {
    "Zones": zone,
    "Account, per region": account,
    "Identity, per domain and region": identity,
    "DKIM records, per domain, region and token": dkim,
    "MAIL FROM records": mail_from,
    "Records in the wrong form or place": txt,
    "DMARC, per domain": dmarc,
    "Could not ask": unanswered,
    "Asked twice": cached,
}
"""Heading of each part of the reference page to the module that holds its rules."""

RULES: tuple[Rule[Any], ...] = tuple(CHECK.rules)
