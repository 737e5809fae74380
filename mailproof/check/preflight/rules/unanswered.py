"""The rule about calls to AWS without an answer."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.subjects import AwsUnavailable, BootstrapThere
from mailproof.check.rule import RuleResult, rule
from mailproof.live.answer import Unanswered
from mailproof.model import pages


@rule(
    "preflight-unanswered",
    Severity.UNKNOWN,
    AwsUnavailable,
    BootstrapThere,
    meaning="Whether something stands in the way of the deployment is not known.",
    condition="A call to CloudFormation, SSM or Route 53 fails.",
    expected="an answer",
    observed="the error code",
    fix=f"Grant the read access that {pages.PERMISSIONS} lists for preflight, or run again if throttled.",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
)
def unanswered(subject: AwsUnavailable | BootstrapThere) -> RuleResult | None:
    """Say what came instead."""
    if isinstance(subject, AwsUnavailable):
        return RuleResult(observed=f"{subject.what}: {subject.why}")
    if not isinstance(subject.version, Unanswered):
        return None
    return RuleResult(observed=f"ssm:GetParameter in {subject.wanted.account}: {subject.version}")
