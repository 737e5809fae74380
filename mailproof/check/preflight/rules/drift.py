"""Rules about drift: what deployed stacks hold and is not there, or is another."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.subjects import DriftedIdentity, DriftedRecord, ReplacedIdentity, UnfinishedRepair
from mailproof.check.rule import RuleResult, rule

DRIFT = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html"
SIMPLE_AGAIN = (
    "Decide which of the two is right. `{command}` leaves it, since it is of another kind than the stack's, and prints "
    "the batch of Route 53 that replaces it by the stack's, so that it is never gone."
)


@rule(
    "preflight-repair-unfinished",
    Severity.ERROR,
    UnfinishedRepair,
    meaning="A stack lacks what an interrupted repair has yet to put back.",
    condition="The template in force has the note of `mailproof repair`.",
    expected="a stack that is whole",
    observed="what it lacks",
    fix="Run `mailproof repair` for the environment.",
    source=DRIFT,
)
def repair_unfinished(subject: UnfinishedRepair) -> RuleResult:
    """Say what is lacking."""
    return RuleResult(observed=subject.lacking, fix=_run(subject.command))


@rule(
    "preflight-identity-gone",
    Severity.ERROR,
    DriftedIdentity,
    meaning="Mail of the domain is refused. A deploy does not bring it back: CloudFormation takes it for there.",
    condition="A deployed stack of ours holds an identity, and SES does not know it.",
    expected="the identity",
    observed="none",
    fix="Run `mailproof repair` for the environment.",
    source=DRIFT,
)
def identity_gone(subject: DriftedIdentity) -> RuleResult | None:
    """Look whether it is there."""
    return RuleResult(f"as {subject.holder} holds it", fix=_run(subject.command)) if subject.is_gone else None


@rule(
    "preflight-identity-changed",
    Severity.ERROR,
    DriftedIdentity,
    meaning="The identity is not as deployed, and a deploy does not set it again.",
    condition="A deployed stack of ours holds an identity whose signing, key, key length, MAIL FROM, configuration set "
    "or forwarding of bounces is set otherwise than in its template.",
    expected="as deployed",
    observed="what is set",
    fix="Run `mailproof repair` for the environment, or write in the file what is set.",
    source=DRIFT,
)
def identity_changed(subject: DriftedIdentity) -> RuleResult:
    """Say what is set."""
    return RuleResult(f"{subject.expected}, as {subject.holder} holds it", subject.observed, _run(subject.command))


@rule(
    "preflight-identity-replaced",
    Severity.ERROR,
    ReplacedIdentity,
    meaning="Its stack holds the DKIM records of an earlier identity, and makes none of this one.",
    condition="Of an identity that CloudFormation has not made, a stack of ours has made DKIM records of other tokens.",
    expected="the identity that the stack made",
    observed="one made anew past it",
    fix="Run `mailproof repair` for the environment, which takes this one into the stack.",
    source=DRIFT,
)
def identity_replaced(subject: ReplacedIdentity) -> RuleResult:
    """Say which stack holds the earlier one."""
    return RuleResult(f"that which {subject.holder} made", fix=_run(subject.command))


@rule(
    "preflight-record-gone",
    Severity.ERROR,
    DriftedRecord,
    meaning="Mail lacks the record. A deploy does not bring it back: CloudFormation takes it for there.",
    condition="A deployed stack of ours holds a record that its hosted zone does not have.",
    expected="the record",
    observed="none",
    fix="Run `mailproof repair` for the environment.",
    source=DRIFT,
)
def record_gone(subject: DriftedRecord) -> RuleResult | None:
    """Look whether it is there."""
    if not subject.is_gone:
        return None
    return RuleResult(f"{subject.expected}, as {subject.holder} holds it", fix=_run(subject.command))


@rule(
    "preflight-record-changed",
    Severity.ERROR,
    DriftedRecord,
    meaning="The record is not as deployed, and a deploy does not set it again while the file stays the same.",
    condition="A deployed stack of ours holds a record that its hosted zone has with another value or another TTL.",
    expected="as deployed",
    observed="what is there",
    fix="Run `mailproof repair` for the environment, or write in the file what is there.",
    source=DRIFT,
)
def record_changed(subject: DriftedRecord) -> RuleResult:
    """Say what is there."""
    fix = _run(subject.command) if subject.is_simple else SIMPLE_AGAIN.format(command=subject.command)
    return RuleResult(f"{subject.expected}, as {subject.holder} holds it", subject.observed, fix)


def _run(command: str) -> str:
    return f"Run `{command}`."
