"""
Rules about the SPF record of a MAIL FROM name, evaluated as receivers do for the networks that SES sends from.

SPF of the domain itself is not judged: SES mail never uses it.
"""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.check.wanted import beside, publish, put_right, wanted_record, wanted_text
from mailproof.live.answer import Unanswered, texts_of
from mailproof.live.record_facts import SpfFacts
from mailproof.live.spf_check_host import (
    LOOKUPS_LIMIT,
    MX_HOSTS_LIMIT,
    VOID_LOOKUPS_LIMIT,
    FaultKind,
    spf_records,
)

INCLUDE_SES = "Add `include:amazonses.com` at the front of the record."
CORRECT_TERM = "Correct the term, or leave it out."
REMOVE_INCLUDES = "Remove includes; SES needs one."
REMOVE_DEAD = "Remove terms that lead nowhere."
WRITE_INCLUDE = "Write `include:amazonses.com` in the place of the networks, since SES adds to them without notice."
REMOVE_BEHIND = "Remove the faulty terms after the one that passes SES; only SES sends under this name."
SHOWN_NETWORKS = 3


@rule(
    "spf-multiple-records",
    Severity.ERROR,
    SpfFacts,
    meaning="Receivers treat two SPF records as a permanent error: SPF does not pass.",
    condition="Two or more SPF records at the name.",
    expected="one",
    observed="their number",
    fix="Merge the records into one.",
    source="RFC 7208 sections 3.2, 4.5",
)
def spf_multiple_records(facts: SpfFacts) -> RuleResult | None:
    """Count the SPF records."""
    records = spf_records(facts.answer)
    texts = " and ".join(sorted(repr(record.text) for record in records))
    fix = _publish("Merge the records into one", facts)
    return RuleResult("one SPF record", f"{len(records)}: {texts}", fix) if len(records) > 1 else None


def _publish(todo: str, facts: SpfFacts) -> str:
    """Say what to do, and the whole record that comes of it."""
    others = beside(facts.answer) if len(texts_of(facts.answer)) > len(spf_records(facts.answer)) else ""
    return put_right(facts.deployed_by, f"{todo.removesuffix('.')}: {wanted_text(facts.name, facts.repaired)}{others}.")


@rule(
    "mail-from-spf-missing",
    Severity.ERROR,
    SpfFacts,
    meaning="SPF does not pass: receivers find no record at the name that SES sends under.",
    condition="No SPF record at the name.",
    expected="v=spf1 include:amazonses.com ~all",
    observed="none",
    fix="Publish the record.",
    source=dg("mail-from"),
)
def mail_from_spf_missing(facts: SpfFacts) -> RuleResult | None:
    """Report an SPF record that is not there."""
    is_missing = not isinstance(facts.answer, Unanswered) and not spf_records(facts.answer)
    return RuleResult(facts.wanted, fix=publish(facts.deployed_by, wanted_record(facts))) if is_missing else None


@rule(
    "spf-syntax",
    Severity.ERROR,
    SpfFacts,
    meaning="Receivers treat a fault anywhere in the record as a permanent error: SPF does not pass.",
    condition="A term of the record itself does not parse, wherever it is; a character outside ASCII is a fault, too. "
    "Or, before SES passes: a fault of what the record includes, or an include or redirect that leads to no single SPF "
    "record. A `name=value` other than `redirect` and `exp` is an unknown modifier, and no fault.",
    expected="a valid record",
    observed="the term",
    fix=CORRECT_TERM,
    source="RFC 7208 sections 3.1, 4.6, 5.2, 6.1",
)
def spf_syntax(facts: SpfFacts) -> RuleResult | None:
    """Look for a term that receivers cannot evaluate before SES passes."""
    return _permanent_error(facts, FaultKind.SYNTAX, CORRECT_TERM)


@rule(
    "spf-too-many-lookups",
    Severity.ERROR,
    SpfFacts,
    meaning="Receivers give up after ten lookups with a permanent error: SPF does not pass.",
    condition="Before SES passes: more than 10 terms that cost a lookup (include, a, mx, ptr, exists, redirect), or an "
    "`mx` with more than 10 hosts.",
    expected="at most 10",
    observed="their number, with the costliest branch",
    fix=REMOVE_INCLUDES,
    source="RFC 7208 section 4.6.4",
)
def spf_too_many_lookups(facts: SpfFacts) -> RuleResult | None:
    """Look whether receivers give up on lookups before SES passes."""
    expected = f"at most {LOOKUPS_LIMIT} lookups, and {MX_HOSTS_LIMIT} hosts of an mx"
    return _permanent_error(facts, FaultKind.LOOKUPS, REMOVE_INCLUDES, expected)


@rule(
    "spf-void-lookups",
    Severity.ERROR,
    SpfFacts,
    meaning="Receivers give up after two lookups of names that have nothing, with a permanent error: SPF does not "
    "pass.",
    condition="Before SES passes: more than two lookups of names that do not exist or have no address.",
    expected="at most 2",
    observed="the names",
    fix=REMOVE_DEAD,
    source="RFC 7208 section 4.6.4",
)
def spf_void_lookups(facts: SpfFacts) -> RuleResult | None:
    """Look whether receivers give up on void lookups before SES passes."""
    return _permanent_error(facts, FaultKind.VOID_LOOKUPS, REMOVE_DEAD, f"at most {VOID_LOOKUPS_LIMIT} void lookups")


def _permanent_error(facts: SpfFacts, kind: FaultKind, todo: str, expected: str = "") -> RuleResult | None:
    fault = facts.reading.fault(kind) if facts.reading else None
    if facts.reading is None or fault is None:
        return None
    return RuleResult(expected, facts.reading.describe(fault), _publish(todo, facts))


@rule(
    "mail-from-spf-wrong",
    Severity.ERROR,
    SpfFacts,
    meaning="SPF does not pass for SES's addresses.",
    condition="Evaluated as receivers do (`check_host`, left to right, includes, redirects and aliases followed), the "
    "networks that SPF of `amazonses.com` names, or some of them, do not get pass.",
    expected="SES passes",
    observed="the record",
    fix=INCLUDE_SES,
    source="RFC 7208 sections 4.6, 5.1, 5.2",
)
def mail_from_spf_wrong(facts: SpfFacts) -> RuleResult | None:
    """Look whether SES passes."""
    reading = facts.reading
    if reading is None or not reading.refused:
        return None
    fix = _publish(INCLUDE_SES, facts)
    if len(reading.refused) == len(reading.ses):
        return RuleResult(observed=reading.record.text, fix=fix)
    parts = [str(part) for part in reading.refused[:SHOWN_NETWORKS]]
    more = ", …" if len(reading.refused) > SHOWN_NETWORKS else ""
    return RuleResult(observed=f"{reading.record.text} (no pass for {', '.join(parts)}{more})", fix=fix)


@rule(
    "spf-flattened",
    Severity.WARNING,
    SpfFacts,
    meaning="SES passes today, and some of its mail will not once SES sends from networks that it adds.",
    condition="SES passes by networks written out, not by a name that leads to `amazonses.com`.",
    expected="include:amazonses.com",
    observed="the networks",
    fix=WRITE_INCLUDE,
    source="RFC 7208 section 10.1.1",
    is_independent=True,
)
def spf_flattened(facts: SpfFacts) -> RuleResult | None:
    """Look for networks in the place of the include."""
    written_out = facts.reading.written_out if facts.reading else []
    return RuleResult(observed=" ".join(written_out), fix=_publish(WRITE_INCLUDE, facts)) if written_out else None


@rule(
    "spf-depends-on-message",
    Severity.WARNING,
    SpfFacts,
    meaning="Some messages from SES may pass SPF and others not: no record of DNS tells.",
    condition="A macro that only a message fills (`h`, `l`, `s`, `p`, …), or `ptr`, decides whether SES passes. The "
    "macros `i`, `v`, `d` and `o` are filled.",
    expected="SES passes",
    observed="known only per message",
    fix=INCLUDE_SES,
    source="RFC 7208 section 7",
    is_independent=True,
)
def spf_depends_on_message(facts: SpfFacts) -> RuleResult | None:
    """Look for a term that only a message decides."""
    term = facts.reading.per_message if facts.reading else None
    observed = f"known only per message: {term}"
    return RuleResult(observed=observed, fix=_publish(INCLUDE_SES, facts)) if term else None


@rule(
    "spf-broken-behind-ses",
    Severity.WARNING,
    SpfFacts,
    meaning="Mail from SES passes, since receivers stop at the term that passes it; any other sender gets a permanent "
    "error, and so will SES if the terms change places.",
    condition="SES passes, and what follows the term that passes it is a permanent error for other senders: an "
    "include that leads nowhere, a fault in what it includes, too many or void lookups.",
    expected="a valid record",
    observed="the term",
    fix=REMOVE_BEHIND,
    source="RFC 7208 section 4.6.2",
    is_independent=True,
)
def spf_broken_behind_ses(facts: SpfFacts) -> RuleResult | None:
    """Look for a permanent error that SES does not get."""
    reading = facts.reading
    if reading is None or not reading.passes or reading.others.fault is None:
        return None
    return RuleResult(observed=reading.describe(reading.others.fault), fix=_publish(REMOVE_BEHIND, facts))
