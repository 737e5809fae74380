"""Find an absent record at another name; only the expected value counts there."""

from mailproof.check.wanted import Wanted
from mailproof.live.answer import Answer, DnsAnswer, Mx, Txt, TxtAnswer
from mailproof.live.dkim_key import key_fault, public_key_of
from mailproof.live.dmarc_reader import single_record
from mailproof.live.dmarc_text import DmarcRecord
from mailproof.live.elsewhere import Elsewhere, Place
from mailproof.live.record_facts import ByoDkimFacts, DkimFacts, DmarcFacts, DmarcStep, MxFacts, SpfFacts
from mailproof.live.spf_check_host import SES_INCLUDE, spf_records
from mailproof.model.dmarc import Dmarc
from mailproof.model.names import host_name
from mailproof.model.own_key import OwnKey


def find_misplaced(facts: Wanted, place: Place) -> Elsewhere | None:
    """Return the first name of that place at which the record stands; None if it stands at none."""
    looks = (look for look in facts.elsewhere if look.place is place)
    return next((look for look in looks if _is_wanted(facts, look.answer)), None)


def is_key_of(key: OwnKey | None, text: str) -> bool:
    """Tell whether a key record can be used, and has the key of the file if that is known."""
    return not key_fault(text) and (key is None or public_key_of(text) == key.public_key)


def is_as_wanted(record: DmarcRecord, wanted: Dmarc) -> bool:
    """Tell whether policy, its testing and the receivers of aggregate reports are those of the file."""
    is_enforced_as_wanted = record.policy == wanted.policy.value and record.is_tested is wanted.testing
    return is_enforced_as_wanted and record.meant_addresses("rua") == set(wanted.reports)


def _is_wanted(facts: Wanted, answer: DnsAnswer) -> bool:
    if not isinstance(answer, Answer):
        return False
    if isinstance(facts, DkimFacts):
        return answer.records == (facts.target,)
    if isinstance(facts, MxFacts):
        hosts = [mx.host for mx in answer.records if isinstance(mx, Mx)]
        return len(hosts) == 1 and hosts[0] in facts.hosts
    texts = Answer(tuple(txt for txt in answer.records if isinstance(txt, Txt)))
    if isinstance(facts, ByoDkimFacts):
        return len(texts.records) == 1 and is_key_of(facts.key, texts.records[0].text)
    return _includes_ses(texts) if isinstance(facts, SpfFacts) else _is_policy(facts, texts)


def _includes_ses(answer: TxtAnswer) -> bool:
    """Tell whether the one SPF record includes SES, as the wanted one does."""
    records = spf_records(answer)
    if len(records) != 1 or records[0].invalid_term:
        return False
    terms = [term for term in records[0].tested_terms if term.name == "include" and term.qualifier == "+"]
    return any(host_name(term.spec) == SES_INCLUDE for term in terms)


def _is_policy(facts: DmarcFacts, answer: TxtAnswer) -> bool:
    record = single_record(DmarcStep(facts.domain, answer))
    return record is not None and (facts.wanted is None or is_as_wanted(record, facts.wanted))
