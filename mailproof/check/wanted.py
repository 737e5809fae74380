"""The record that a fix tells to publish: name, type and value, as a zone file has them."""

from mailproof.live.record_facts import DkimFacts, DmarcFacts, MxFacts, SpfFacts
from mailproof.model.dmarc import Dmarc, build_dmarc
from mailproof.model.record_kind import MAIL_FROM_MX_PREFERENCE
from mailproof.model.txt import quote_txt

Wanted = DkimFacts | MxFacts | SpfFacts | DmarcFacts


def wanted_record(facts: Wanted) -> str:
    """Write the whole record, to be shown in a sentence."""
    if isinstance(facts, DkimFacts):
        return f"`{facts.name} CNAME {facts.target}`"
    if isinstance(facts, MxFacts):
        return f"`{facts.name} MX {MAIL_FROM_MX_PREFERENCE} {facts.hosts[0]}`"
    return wanted_text(facts.name, facts.wanted if isinstance(facts, SpfFacts) else dmarc_text(facts.wanted))


def wanted_text(name: str, text: str) -> str:
    """Write a whole TXT record, to be shown in a sentence."""
    return f"`{name} TXT {quote_txt(text)}`"


def dmarc_text(wanted: Dmarc | None) -> str:
    """Return the DMARC record that the file asks for; without one, that which harms nothing."""
    return build_dmarc(wanted or Dmarc())
