"""Rules about records that were entered in the wrong form or at the wrong name; they come before `…-missing`."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.check.rules.dmarc import is_as_wanted
from mailproof.check.subjects import DmarcSubject
from mailproof.live.answer import Answer, Unanswered, texts_of
from mailproof.live.dmarc_reader import dmarc_records, policy_step, single_record
from mailproof.live.dmarc_text import is_dmarc
from mailproof.live.record_facts import DmarcFacts, DmarcStep, MxFacts, SpfFacts
from mailproof.live.spf_check_host import SES_INCLUDE, spf_records
from mailproof.live.spf_text import is_spf
from mailproof.live.txt_repair import repaired_texts
from mailproof.model.names import host_name


@rule(
    "record-doubled-zone",
    Severity.ERROR,
    MxFacts,
    SpfFacts,
    DmarcFacts,
    meaning="The record stands at a name with the zone twice, where nobody looks.",
    condition="The MAIL FROM MX, its SPF or the DMARC record is absent, and there with the zone appended to the name.",
    expected="at the name",
    observed="at the name with the zone behind it",
    fix="Enter the name without the zone where the DNS host adds it.",
    source=dg("troubleshoot-verification"),
)
def record_doubled_zone(facts: MxFacts | SpfFacts | DmarcFacts) -> RuleResult | None:
    """Look for what is wanted at the doubled name."""
    is_there = _is_doubled(facts)
    return RuleResult(f"at {facts.name}", f"at {facts.name}.{facts.zone}") if is_there else None


def _is_doubled(facts: MxFacts | SpfFacts | DmarcFacts) -> bool:
    if isinstance(facts, MxFacts):
        found = [mx.host for mx in facts.doubled.records] if isinstance(facts.doubled, Answer) else []
        return len(found) == 1 and found[0] in facts.hosts
    if isinstance(facts, SpfFacts):
        return _passes_ses_itself(facts)
    record = single_record(DmarcStep(facts.domain, facts.doubled)) if facts.doubled else None
    if record is None or policy_step(facts.steps) is not None:
        return False
    return facts.wanted is None or is_as_wanted(record, facts.wanted)


def _passes_ses_itself(facts: SpfFacts) -> bool:
    """Tell whether the one SPF record at the doubled name includes SES, as the wanted one does."""
    records = spf_records(facts.doubled)
    if len(records) != 1 or records[0].invalid_term:
        return False
    terms = [term for term in records[0].tested_terms if term.name == "include" and term.qualifier == "+"]
    return any(host_name(term.spec) == SES_INCLUDE for term in terms)


@rule(
    "txt-mangled",
    Severity.ERROR,
    SpfFacts,
    DmarcSubject,
    meaning="Receivers do not take the text for a record: it has signs in it that do not belong there, or lost some.",
    condition="No SPF (DMARC) record, but a TXT that would be one without the quotation marks inside it, or with a "
    "blank where its strings meet; without a blank or an invisible character in front, a backslash before `;`, a "
    "letter of a lost escape or the owner name in front; or with the right separator behind the version.",
    expected="the record",
    observed="the raw strings",
    fix="Enter the value exactly as expected: without quotation marks, nothing in front, each blank inside a string.",
    source="RFC 7208 section 3.3",
)
def txt_mangled(facts: SpfFacts | DmarcSubject) -> RuleResult | None:
    """Look for a text that was meant to be the record."""
    is_spf_wanted = isinstance(facts, SpfFacts)
    answer = facts.answer if isinstance(facts, SpfFacts) else facts.step.answer
    present = spf_records(answer) if isinstance(facts, SpfFacts) else dmarc_records(facts.step)
    if isinstance(answer, Unanswered) or present:
        return None
    for txt in texts_of(answer):
        for guess in repaired_texts(txt):
            if (is_spf if is_spf_wanted else is_dmarc)(guess):
                return RuleResult(guess, " ".join(f"[{part}]" for part in txt.strings))
    return None
