"""Rules about accounts: whose the credentials are, bootstrap, and regions that are not enabled."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.subjects import BootstrapThere, Caller, ClosedAccount, ClosedRegion
from mailproof.check.rule import RuleResult, rule
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.remedies import LOG_IN, USE_ITS_ACCOUNT, remedy

CDK_BOOTSTRAP = "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping.html"


@rule(
    "preflight-wrong-account",
    Severity.ERROR,
    Caller,
    meaning="The deployment would fail, or reach another account than the file's.",
    condition="STS says that the credentials belong to another account than the environment.",
    expected="credentials of the environment's account",
    observed="those of another",
    fix=USE_ITS_ACCOUNT,
    source="https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
)
def wrong_account(subject: Caller) -> RuleResult | None:
    """Compare the accounts."""
    if isinstance(subject.found, Unanswered) or subject.found == subject.wanted:
        return None
    return RuleResult(f"credentials of {subject.wanted}", f"credentials of {subject.found}")


@rule(
    "preflight-no-credentials",
    Severity.UNKNOWN,
    Caller,
    meaning="Nothing can be said about AWS.",
    condition="STS does not answer.",
    expected="an answer",
    observed="the error code",
    fix=LOG_IN,
    source="https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
)
def no_credentials(subject: Caller) -> RuleResult | None:
    """Say what came instead of an answer."""
    found = subject.found
    return RuleResult(observed=str(found), fix=remedy(found)) if isinstance(found, Unanswered) else None


@rule(
    "preflight-bootstrap-missing",
    Severity.ERROR,
    BootstrapThere,
    meaning="The CDK cannot deploy there.",
    condition="There is no bootstrap version in SSM, or one older than the stacks ask for.",
    expected="the bootstrap version that the stacks ask for, or later",
    observed="none, or an older one",
    fix="Run `cdk bootstrap` for this account and region; the whole command line is in the finding. "
    "If the app has a synthesizer of its own, give `--assembly`.",
    source=CDK_BOOTSTRAP,
)
def bootstrap_missing(subject: BootstrapThere) -> RuleResult | None:
    """Look at the version."""
    wanted, version = subject.wanted, subject.version
    if not isinstance(version, NotFound) and not (isinstance(version, int) and version < wanted.version):
        return None
    found = "none" if isinstance(version, NotFound) else f"version {version}"
    return RuleResult(
        expected=f"version {wanted.version} or later in {wanted.parameter}",
        observed=f"{found} in aws://{wanted.account}/{wanted.region}",
        fix=f"Run `{wanted.command(subject.trusted)}`.",
    )


@rule(
    "preflight-dns-account-closed",
    Severity.INFO,
    ClosedAccount,
    meaning="Bootstrap and records in the account of a zone are not looked at; the deployment itself uses other roles.",
    condition="The CDK's lookup role of another account, which owns zones, cannot be assumed.",
    expected="a role to read with",
    observed="the error code",
    fix="Bootstrap that account with trust for this one (`cdk bootstrap --trust`), or look there yourself.",
    source=CDK_BOOTSTRAP,
)
def dns_account_closed(subject: ClosedAccount) -> RuleResult | None:
    """Say what came instead."""
    command = subject.wanted.command(subject.trusted)
    return RuleResult(
        observed=f"account {subject.wanted.account}: {subject.why}",
        fix=f"If it is not bootstrapped, or does not trust {subject.trusted}: `{command}`. Else look there yourself.",
    )


@rule(
    "preflight-region-closed",
    Severity.ERROR,
    ClosedRegion,
    meaning="SES refuses every call there, so the deployment would fail.",
    condition="SES refuses credentials that STS knows: the region is not enabled for the account.",
    expected="an enabled region",
    observed="the error code",
    fix="Enable the region for the account, or take it out of the file.",
    source="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
)
def region_closed(subject: ClosedRegion) -> RuleResult | None:
    """Say what came instead."""
    return RuleResult(observed=str(subject.why))
