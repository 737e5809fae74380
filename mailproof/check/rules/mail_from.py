"""
Rules about the records of a MAIL FROM name.

Wanted: exactly one MX, preference free, to SES's feedback host, and one SPF record that lets SES pass. SPF of the
domain itself is not judged: SES mail never uses it.
"""

import re

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.check.spf_reading import LOOKUPS_LIMIT, read_spf
from mailproof.live.answer import Absent, Answer, Unanswered
from mailproof.live.record_facts import AliasFacts, MxFacts, SpfFacts
from mailproof.live.spf_reader import spf_records

FEEDBACK_HOST = re.compile(
    r"feedback-smtp\.[a-z0-9-]+\.amazonses\.[a-z]{2,}|feedback-smtp\.ses\.[a-z0-9-]+\.amazonaws\.com\.cn"
)


@rule(
    "mail-from-is-cname",
    Severity.ERROR,
    AliasFacts,
    meaning="An alias has no records of its own: SES and receivers see those of its target.",
    condition="The MAIL FROM name is a CNAME. Nothing else is reported at that name.",
    expected="MX and TXT of its own",
    observed="alias of another name",
    fix="Remove the CNAME, or choose another MAIL FROM name.",
    source="RFC 1034 section 3.6.2",
)
def mail_from_is_cname(facts: AliasFacts) -> RuleResult | None:
    """Look for an alias."""
    return RuleResult(observed=f"alias of {facts.alias}") if facts.alias is not None else None


@rule(
    "mail-from-mx-extra",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify a MAIL FROM domain with more than one MX; SPF then does not align.",
    condition="More than one MX, even if one is right.",
    expected="one MX",
    observed="the list",
    fix="Leave only the wanted MX.",
    source=dg("mail-from"),
)
def mail_from_mx_extra(facts: MxFacts) -> RuleResult | None:
    """Look for more than one MX."""
    hosts = _hosts(facts)
    return RuleResult(f"one MX, {facts.hosts[0]}", ", ".join(sorted(hosts))) if len(hosts) > 1 else None


@rule(
    "mail-from-mx-wrong-region",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain: its MX is that of a region that does not use the name.",
    condition="The feedback host of a region that does not use the name.",
    expected="the feedback host of the region",
    observed="another region's",
    fix="Point the MX at this region, or use a name with `{region}`.",
    source=f"{dg('mail-from')}; {dg('regions')}",
)
def mail_from_mx_wrong_region(facts: MxFacts) -> RuleResult | None:
    """Look for the feedback host of another region."""
    other = _other_host(facts)
    return RuleResult(" or ".join(facts.hosts), other) if other and FEEDBACK_HOST.fullmatch(other) else None


@rule(
    "mail-from-mx-points-elsewhere",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain, and bounces go to a host that is not SES's.",
    condition="Any other host.",
    expected="the feedback host of the region",
    observed="another host",
    fix="Give SES a name that receives no other mail.",
    source=dg("mail-from"),
)
def mail_from_mx_points_elsewhere(facts: MxFacts) -> RuleResult | None:
    """Look for any other host."""
    other = _other_host(facts)
    return RuleResult(" or ".join(facts.hosts), other or "the null MX") if other is not None else None


def _hosts(facts: MxFacts) -> list[str]:
    return [mx.host for mx in facts.answer.records] if isinstance(facts.answer, Answer) else []


def _other_host(facts: MxFacts) -> str | None:
    return next((host for host in _hosts(facts) if host not in facts.hosts), None)


@rule(
    "mail-from-mx-missing",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain; SPF then does not align, or mail is refused.",
    condition="Absent.",
    expected="one MX",
    observed="none",
    fix="Publish the MX.",
    source=dg("mail-from"),
)
def mail_from_mx_missing(facts: MxFacts) -> RuleResult | None:
    """Report an MX that is not there."""
    return RuleResult(f"one MX, {facts.hosts[0]}") if isinstance(facts.answer, Absent) else None


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
    texts = " and ".join(repr(record.text) for record in records)
    return RuleResult("one SPF record", f"{len(records)}: {texts}") if len(records) > 1 else None


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
    return RuleResult(facts.wanted) if is_missing else None


@rule(
    "spf-syntax",
    Severity.ERROR,
    SpfFacts,
    meaning="Receivers treat a fault anywhere in the record as a permanent error: SPF does not pass.",
    condition="A term that does not parse, in the record or in what it includes, or an include or redirect that leads "
    "to no single SPF record.",
    expected="a valid record",
    observed="the term",
    fix="Correct the term.",
    source="RFC 7208 sections 4.6, 5.2, 6.1",
)
def spf_syntax(facts: SpfFacts) -> RuleResult | None:
    """Look for a term that does not parse."""
    reading = read_spf(facts)
    return RuleResult(observed=reading.invalid) if reading and reading.invalid else None


@rule(
    "spf-too-many-lookups",
    Severity.ERROR,
    SpfFacts,
    meaning="Receivers give up after ten lookups with a permanent error: SPF does not pass.",
    condition="More than 10 terms that cost a lookup (include, a, mx, ptr, exists, redirect), all included records "
    "read to the end.",
    expected="at most 10",
    observed="their number, with the costliest branch",
    fix="Remove includes: SES needs one.",
    source="RFC 7208 section 4.6.4",
)
def spf_too_many_lookups(facts: SpfFacts) -> RuleResult | None:
    """Count the lookups."""
    reading = read_spf(facts)
    if reading is None or not reading.is_over_limit:
        return None
    costliest = max(reading.branches, key=lambda term: reading.branches[term])
    count = "no end" if reading.is_endless else str(reading.lookups)
    return RuleResult(f"at most {LOOKUPS_LIMIT} lookups", f"{count}, {reading.branches[costliest]} behind {costliest}")


@rule(
    "mail-from-spf-wrong",
    Severity.ERROR,
    SpfFacts,
    meaning="SPF does not pass for SES's addresses.",
    condition="`include:amazonses.com` is absent, qualified other than `+`, or behind `all`. A redirect or the "
    "domain's own include that leads there is right.",
    expected="SES passes",
    observed="the record",
    fix="Add `include:amazonses.com` before `all`.",
    source="RFC 7208 sections 5.1, 5.2",
)
def mail_from_spf_wrong(facts: SpfFacts) -> RuleResult | None:
    """Look whether SES passes."""
    reading = read_spf(facts)
    if reading is None or reading.is_blocked or reading.passes_ses:
        return None
    return RuleResult(observed=reading.record.text)
