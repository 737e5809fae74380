"""Rules about records that no others judge: each is compared with what is expected, so that none goes unproven."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, rule
from mailproof.check.wanted import expected_record, publish, put_right
from mailproof.live.answer import Answer, Mx, Txt, Unanswered, escaped
from mailproof.live.record_facts import PublishedFacts
from mailproof.model.command_lines import repair_command, rollout_command
from mailproof.model.dns_record import RecordType
from mailproof.model.record_kind import APEX_TXT, KINDS, NULL_MX, NULL_SPF, REVOKED_KEYS

IF_IN_USE = (
    "If mail of the domain is sent or received, take it off `parked`: the null record would have it refused. "
    "Only if none is:"
)
CAUTIONS = {
    **dict.fromkeys((NULL_MX, NULL_SPF, REVOKED_KEYS), IF_IN_USE),
    APEX_TXT: "First add to `texts` of the file what is there and is to stay, an SPF record above all.",
}
"""What comes before the record of the file is put in the place of another one, on which live mail may hang."""
MILD = f"A warning where mail authenticates without it: {', '.join(k.label for k in KINDS if not k.authenticates)}."
NULL = "."
"""The host of a null MX, for people."""


@rule(
    "mta-sts-host-missing",
    Severity.WARNING,
    PublishedFacts,
    meaning="Senders find no policy, though a stack serves it: the name of its host leads nowhere.",
    condition="The file says `serve`, and DNS has no CNAME at `mta-sts` below the domain.",
    expected="a CNAME to the custom domain name of API Gateway",
    observed="none",
    fix="Deploy the environment, or repair it if the record was deleted since.",
    source="RFC 8461 section 3.3",
)
def mta_sts_host_missing(facts: PublishedFacts) -> RuleResult | None:
    """Report a record whose target no file tells."""
    if not facts.wanted.kind.target or isinstance(facts.answer, Unanswered) or _claimed(facts):
        return None
    by_hand = f"enter the CNAME with the target that API Gateway shows for the custom domain name {facts.name!r}"
    if not facts.deployed_by:
        return RuleResult(fix=f"{by_hand.capitalize()}.")
    run, repair = rollout_command(facts.deployed_by), repair_command(facts.deployed_by)
    return RuleResult(fix=f"Run `{run}`; if that changes nothing, it was deleted outside CloudFormation: `{repair}`.")


@rule(
    "record-missing",
    Severity.ERROR,
    PublishedFacts,
    meaning="What the record is there for does not work: receivers and SES see nothing at its name.",
    condition="DNS has no record of the type at the name, beside those of others, and no rule of its own judges "
    f"records of this kind. {MILD}",
    expected="the record",
    observed="none",
    fix="Deploy the environment, or repair it if the record was deleted since; publish the record where another DNS "
    "provider serves the zone.",
    source="RFC 1034 section 3.6",
)
def record_missing(facts: PublishedFacts) -> RuleResult | None:
    """Report a record that is not there."""
    if isinstance(facts.answer, Unanswered) or _claimed(facts):
        return None
    others = ", beside the other texts there" if isinstance(facts.answer, Answer) else ""
    fix = publish(facts.deployed_by, f"{expected_record(facts.wanted)}{others}")
    return RuleResult(_expected(facts), fix=fix, severity=_severity(facts))


@rule(
    "record-differs",
    Severity.ERROR,
    PublishedFacts,
    meaning="What the record is there for does not work as the file asks: receivers and SES see another one.",
    condition="The values at the name are not those expected, case of hosts, order, preference and blanks without "
    f"meaning aside, and no rule of its own judges records of this kind. {MILD}",
    expected="the record",
    observed="its values in DNS",
    fix="Repair the environment if a stack holds the record, else correct the record.",
    source="RFC 1034 section 3.6",
)
def record_differs(facts: PublishedFacts) -> RuleResult | None:
    """Compare the values in DNS with those expected."""
    found, read = sorted(_claimed(facts)), facts.wanted.kind.read
    if not (found and facts.wanted.values) or sorted(map(read, found)) == sorted(map(read, _wanted(facts))):
        return None
    fix = put_right(facts.deployed_by, f"Put {expected_record(facts.wanted)} in its place.")
    if caution := CAUTIONS.get(facts.wanted.kind):
        fix = f"{caution} {fix}"
    return RuleResult(_expected(facts), ", ".join(data or NULL for data in found), fix, severity=_severity(facts))


def _severity(facts: PublishedFacts) -> Severity | None:
    """Make it a warning where mail authenticates without the record."""
    return None if facts.wanted.kind.authenticates else Severity.WARNING


def _expected(facts: PublishedFacts) -> str:
    values = ", ".join(str(value) or NULL for value in facts.wanted.values)
    return f"{facts.wanted.kind.label}: {facts.type} {values}"


def _claimed(facts: PublishedFacts) -> list[str]:
    """Return what is at the name, but texts that records of another kind have there."""
    found = map(_data, facts.answer.records) if isinstance(facts.answer, Answer) else ()
    return [data for data in found if facts.wanted.kind.claims(data)]


def _wanted(facts: PublishedFacts) -> list[str]:
    """Return the values expected, as an answer has them."""
    values = map(str, facts.wanted.values)
    if facts.wanted.type is RecordType.TXT:
        return [escaped(value.encode()) for value in values]
    return [value.lower() for value in values]


def _data(record: str | Mx | Txt) -> str:
    if isinstance(record, Txt):
        return record.text
    return record.host if isinstance(record, Mx) else record
