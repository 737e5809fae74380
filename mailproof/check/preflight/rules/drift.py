"""Rules about drift: resources of deployed stacks that are gone, or differ from the template."""

from mailproof.check.drift import Drift, IdentityChanged, IdentityGone, IdentityReplaced, RecordDrift, Unfinished
from mailproof.check.finding import Severity
from mailproof.check.preflight.subjects import Drifted
from mailproof.check.rule import RuleResult, rule

DRIFT = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html"
SIMPLE_AGAIN = (
    "Decide which of the two is right. `{command}` leaves it, since it is of another kind than the stack's, and prints "
    "the batch of Route 53 that replaces it by the stack's, so that it is never gone."
)


@rule(
    "preflight-repair-unfinished",
    Severity.ERROR,
    Drifted,
    meaning="A stack lacks what an interrupted repair has yet to put back.",
    condition="The template in force has the note of `mailproof repair`.",
    expected="a stack that is whole",
    observed="what it lacks",
    fix="Run `mailproof repair` for the environment.",
    source=DRIFT,
)
def repair_unfinished(subject: Drifted) -> RuleResult | None:
    """Say what is lacking."""
    drift = subject.drift
    return RuleResult(observed=drift.expected, fix=_run(subject)) if isinstance(drift, Unfinished) else None


@rule(
    "preflight-identity-gone",
    Severity.ERROR,
    Drifted,
    meaning="SES refuses mail of the domain. A deployment does not recreate the identity: CloudFormation assumes that "
    "it still exists.",
    condition="A deployed mailproof stack holds an identity, and SES does not know it.",
    expected="the identity",
    observed="none",
    fix="Run `mailproof repair` for the environment.",
    source=DRIFT,
)
def identity_gone(subject: Drifted) -> RuleResult | None:
    """Look whether it is there."""
    drift = subject.drift
    return RuleResult(f"as {drift.holder} holds it", fix=_run(subject)) if isinstance(drift, IdentityGone) else None


@rule(
    "preflight-identity-changed",
    Severity.ERROR,
    Drifted,
    meaning="The identity is not as deployed, and a deployment does not set it again.",
    condition="A deployed mailproof stack holds an identity whose signing, key, key length, MAIL FROM, configuration "
    "set or forwarding of bounces is set otherwise than in its template.",
    expected="as deployed",
    observed="what is set",
    fix="Run `mailproof repair` for the environment, or write in the file what is set.",
    source=DRIFT,
)
def identity_changed(subject: Drifted) -> RuleResult | None:
    """Say what is set."""
    drift = subject.drift
    return RuleResult(_held(drift), drift.observed, _run(subject)) if isinstance(drift, IdentityChanged) else None


@rule(
    "preflight-identity-replaced",
    Severity.ERROR,
    Drifted,
    meaning="Its stack holds the DKIM records of an earlier identity, and makes none of this one.",
    condition="CloudFormation did not create the identity, and a mailproof stack holds DKIM records with other tokens "
    "for it.",
    expected="the identity that the stack made",
    observed="one recreated outside the stack",
    fix="Run `mailproof repair` for the environment, which takes this one into the stack.",
    source=DRIFT,
)
def identity_replaced(subject: Drifted) -> RuleResult | None:
    """Say which stack holds the earlier one."""
    drift = subject.drift
    is_replaced = isinstance(drift, IdentityReplaced)
    return RuleResult(f"that which {drift.holder} made", fix=_run(subject)) if is_replaced else None


@rule(
    "preflight-record-gone",
    Severity.ERROR,
    Drifted,
    meaning="Mail lacks the record. A deployment does not recreate it: CloudFormation assumes that it still exists.",
    condition="A deployed mailproof stack holds a record that its hosted zone does not have.",
    expected="the record",
    observed="none",
    fix="Run `mailproof repair` for the environment.",
    source=DRIFT,
)
def record_gone(subject: Drifted) -> RuleResult | None:
    """Look whether it is there."""
    drift = subject.drift
    is_gone = isinstance(drift, RecordDrift) and not drift.found
    return RuleResult(_held(drift), fix=_run(subject)) if is_gone else None


@rule(
    "preflight-record-changed",
    Severity.ERROR,
    Drifted,
    meaning="The record is not as deployed, and a deployment does not set it again while the file stays the same.",
    condition="A deployed mailproof stack holds a record that its hosted zone has with another value or another TTL.",
    expected="as deployed",
    observed="what is there",
    fix="Run `mailproof repair` for the environment, or write in the file what is there.",
    source=DRIFT,
)
def record_changed(subject: Drifted) -> RuleResult | None:
    """Say what is there."""
    drift = subject.drift
    if not isinstance(drift, RecordDrift):
        return None
    fix = _run(subject) if drift.is_simple else SIMPLE_AGAIN.format(command=subject.command)
    return RuleResult(_held(drift), drift.observed, fix)


def _held(drift: Drift) -> str:
    return f"{drift.expected}, as {drift.holder} holds it"


def _run(subject: Drifted) -> str:
    return f"Run `{subject.command}`."
