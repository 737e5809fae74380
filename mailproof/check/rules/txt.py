"""Rules about records that were entered in the wrong form or at the wrong name; they come before `…-missing`."""

from mailproof.check.finding import Severity
from mailproof.check.misplaced import find_misplaced
from mailproof.check.rule import DOUBLED_FIX, RuleResult, dg, rule
from mailproof.check.rules.mail_from import FEEDBACK_HOST
from mailproof.check.subjects import DmarcSubject, DomainMx
from mailproof.check.wanted import (
    NOBODY_ASKS,
    beside,
    corrected,
    enter,
    or_behind_alias,
    put_right,
    wanted_record,
    wanted_text,
)
from mailproof.live.answer import Unanswered, texts_of
from mailproof.live.dmarc_reader import dmarc_records
from mailproof.live.dmarc_repair import repair_dmarc
from mailproof.live.dmarc_text import is_dmarc
from mailproof.live.elsewhere import Elsewhere, Place
from mailproof.live.record_facts import DmarcFacts, MxFacts, SpfFacts
from mailproof.live.spf_check_host import spf_records
from mailproof.live.txt_repair import repaired_texts
from mailproof.model.txt import is_spf

LOST_AT_SES = "SES accepts only bounces there, so removing it loses no mail of the domain"


@rule(
    "record-wrong-level",
    Severity.ERROR,
    MxFacts,
    SpfFacts,
    DmarcFacts,
    meaning="The record stands at the sending domain itself, where nobody looks for it.",
    condition="The MAIL FROM MX, its SPF or the DMARC record is absent, and is at the sending domain itself.",
    expected="at the name",
    observed="at the domain",
    fix="Enter the record at its own name, and leave what is at the domain: it may serve other senders, an MX of SES "
    "aside.",
    source=f"{dg('mail-from')}; RFC 9989 section 4.6",
)
def record_wrong_level(facts: MxFacts | SpfFacts | DmarcFacts) -> RuleResult | None:
    """Look for what is wanted at the domain."""
    found = find_misplaced(facts, Place.WRONG_LEVEL)
    if found is None:
        return None
    what = {
        MxFacts: f"Take the MX away from {found.name}: {LOST_AT_SES}.",
        SpfFacts: f"What is at {found.name} may serve other senders: leave it.",
        DmarcFacts: f"Take that one text away from {found.name}, and leave the others: {NOBODY_ASKS}.",
    }[type(facts)]
    return RuleResult(f"at {facts.name}", f"at {found.name}", enter(facts, _record(facts, found), found.name, what))


def _record(facts: MxFacts | SpfFacts | DmarcFacts, found: Elsewhere) -> str:
    """Write the whole record; a policy that no file asks for is the one that somebody entered elsewhere."""
    if not isinstance(facts, DmarcFacts) or facts.deployed_by:
        return wanted_record(facts)
    texts = [txt.text for txt in texts_of(found.answer) if is_dmarc(txt.text)]  # type: ignore[arg-type]
    return wanted_text(facts.name, repair_dmarc(texts[0], facts.wanted, {"aspf"} if facts.has_mail_from else ()))


@rule(
    "domain-mx-is-feedback-host",
    Severity.WARNING,
    DomainMx,
    meaning="Mail to the domain goes to SES, which takes bounces there and nothing else: it is lost.",
    condition="An MX of the sending domain itself is a feedback host of SES. Looked for only where the MX of its MAIL "
    "FROM name is absent.",
    expected="the domain's own mail host",
    observed="the feedback host",
    fix=f"Take that MX away from the domain, and leave any other: {LOST_AT_SES}.",
    source=dg("mail-from"),
)
def domain_mx_is_feedback_host(subject: DomainMx) -> RuleResult | None:
    """Look for a host of SES among the domain's own."""
    found = [host for host in subject.hosts if FEEDBACK_HOST.fullmatch(host)]
    fix = f"Take the MX {', '.join(found)} away from {subject.name}, and leave any other: {LOST_AT_SES}."
    return RuleResult(observed=", ".join(found), fix=fix) if found else None


@rule(
    "record-doubled-zone",
    Severity.ERROR,
    MxFacts,
    SpfFacts,
    DmarcFacts,
    meaning="The record is at a name with the zone or a label appended once too often, where nobody looks.",
    condition="The MAIL FROM MX, its SPF or the DMARC record is absent, and is at the name with a zone of the files or "
    "its last label appended.",
    expected="at the name",
    observed="at the name with the zone appended",
    fix=DOUBLED_FIX,
    source=dg("troubleshoot-verification"),
)
def record_doubled_zone(facts: MxFacts | SpfFacts | DmarcFacts) -> RuleResult | None:
    """Look for what is wanted at the doubled names."""
    if found := find_misplaced(facts, Place.DOUBLED):
        return RuleResult(f"at {facts.name}", f"at {found.name}", enter(facts, _record(facts, found), found.name))
    return None


@rule(
    "txt-mangled",
    Severity.ERROR,
    SpfFacts,
    DmarcSubject,
    meaning="Receivers do not recognise the text as a record: characters were added to it, or lost.",
    condition="No SPF (DMARC) record, but a TXT that would be one without the quotation marks inside it, or with a "
    "blank where its strings meet; without a blank or an invisible character in front, a backslash before `;`, a "
    "letter of a lost escape or the owner name in front; or with the right separator after the version.",
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
                text = facts.repaired if isinstance(facts, SpfFacts) else corrected(facts, guess)
                exactly = f"exactly as {wanted_text(facts.name, text)} has it, nothing in front or behind"
                fix = f"Enter the value {exactly}{beside(answer)}{or_behind_alias(answer)}."
                fix = put_right(facts.deployed_by, fix)
                return RuleResult(text, " ".join(f"[{part}]" for part in txt.strings), fix)
    return None
