"""Rules about the account in one region: one finding, however many domains send from there."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, api, dg, rule
from mailproof.check.subjects import AccountSubject, SesAccount, SesUnavailable
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import remedy


@rule(
    "sending-paused",
    Severity.ERROR,
    AccountSubject,
    meaning="SES sends nothing from this region.",
    condition="GetAccount: `SendingEnabled` is false or `EnforcementStatus` is SHUTDOWN.",
    expected="sending on",
    observed="off",
    fix="Resolve the case in the Support Center, or switch sending on.",
    source=api("API_GetAccount"),
)
def sending_paused(subject: AccountSubject) -> RuleResult | None:
    """Look for an account that may not send."""
    facts = subject.facts
    if facts.sending_enabled and facts.enforcement_status != "SHUTDOWN":
        return None
    switch = (
        f"Switch sending on: `aws sesv2 put-account-sending-attributes --region {subject.region} --sending-enabled`."
    )
    fix = "" if facts.enforcement_status == "SHUTDOWN" else switch
    return RuleResult(observed=f"off, {facts.enforcement_status or 'status unknown'}", fix=fix)


@rule(
    "account-under-review",
    Severity.WARNING,
    AccountSubject,
    meaning="SES still sends from this region, and may pause it if the reason for the review is not removed.",
    condition="GetAccount: `EnforcementStatus` is PROBATION.",
    expected="healthy",
    observed="under review",
    fix="Answer the case in the Support Center, and bring down what it names: bounces, complaints or suspect mail.",
    source=f"{api('API_GetAccount')}; {dg('reputation-dashboard')}",
)
def account_under_review(subject: AccountSubject) -> RuleResult | None:
    """Look for an account that may soon not send."""
    if subject.facts.enforcement_status != "PROBATION":
        return None
    return RuleResult(observed="under review (PROBATION): it still sends, and may be stopped")


@rule(
    "account-in-sandbox",
    Severity.WARNING,
    AccountSubject,
    meaning="Mail goes to verified addresses only, and to few of them a day.",
    condition="GetAccount: `ProductionAccessEnabled` is false.",
    expected="production access",
    observed="sandbox, with its quota a day",
    fix="Request production access in this region.",
    source=dg("request-production-access"),
)
def account_in_sandbox(subject: AccountSubject) -> RuleResult | None:
    """Look for an account without production access."""
    return None if subject.facts.production_access else RuleResult(observed=f"sandbox, {subject.facts.quota} a day")


@rule(
    "account-unanswered",
    Severity.UNKNOWN,
    SesAccount,
    meaning="What SES says may be of another account than the environment's.",
    condition="SES answers, but STS does not say which account the credentials belong to. If SES does not either, that "
    "alone is reported.",
    expected="credentials of the environment's account",
    observed="the error code",
    fix="Look at network and proxy of this machine, then run again: `sts:GetCallerIdentity` needs no permission.",
    source="https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
)
def account_unanswered(subject: SesAccount) -> RuleResult | None:
    """Say what came instead of an answer."""
    if not isinstance(subject.found, Unanswered):
        return None
    return RuleResult(
        expected=f"credentials of {subject.wanted}",
        observed=f"sts:GetCallerIdentity: {subject.found}",
        fix=remedy(subject.found),
    )


@rule(
    "ses-unanswered",
    Severity.UNKNOWN,
    SesUnavailable,
    meaning="What depends on SES is not known: DKIM tokens and states. MAIL FROM and DMARC records are judged.",
    condition="Calls to SES fail: on a region, whatever the number of domains and operations, or on one identity if "
    "only its own call fails.",
    expected="an answer",
    observed="the error code",
    fix="Grant `ses:GetEmailIdentity`, `ses:ListEmailIdentities`, `ses:GetAccount` and `ses:GetConfigurationSet`, "
    "enable the opt-in region, or run again if throttled.",
    source=api("API_GetEmailIdentity"),
)
def ses_unanswered(subject: SesUnavailable) -> RuleResult | None:
    """Say what came instead of an answer."""
    return RuleResult(observed=str(subject.why), fix=remedy(subject.why))
