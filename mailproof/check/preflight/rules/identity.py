"""Rules about identities: those that exist, their keys, and how many there may be."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.rules.stack import CDK_IMPORT, TAKE_OVER
from mailproof.check.preflight.subjects import IdentityQuota, IdentityThere, OwnKeySecret, ReplicaMissing
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.model import pages
from mailproof.model.stack_id import StackId
from mailproof.template.replicas import NO_CONVERSION

IDENTITIES_LIMIT = 10_000  # a region; SES does not raise it
FULL_PERCENT = 90
# What `mailproof adopt` refuses, and how it is made ready for it; docs/migrating.md has the steps.
LEAVE_STACK = (
    "In stack {owner} give it DeletionPolicy Retain and deploy that, take it out of {owner} and deploy again: it stays "
    "and belongs to no stack. Then `mailproof adopt` brings it into ours."
)
TO_EASY_DKIM = (
    "Give it Easy DKIM while the records of its present keys stay: "
    "`aws sesv2 put-email-identity-dkim-signing-attributes {place} --signing-attributes-origin AWS_SES`. "
    "SES signs with the new key once its records are verified."
)
GO_ON = "It is live, and no stack holds it: `{command}` takes it in, as where a move was interrupted."


@rule(
    "preflight-identity-there",
    Severity.ERROR,
    IdentityThere,
    meaning="The deployment would fail: CloudFormation does not take over an identity that exists.",
    condition="The identity exists, and belongs to another stack or to none.",
    expected="no identity, or one of our stack",
    observed="its owner",
    fix="Bring it into the stack with `mailproof adopt`, as it is: mail goes on. Do not delete it while mail is sent "
    "from the domain: SES refuses that until another one is verified.",
    source=CDK_IMPORT,
)
def identity_there(subject: IdentityThere) -> RuleResult | None:
    """Look at the owner."""
    if isinstance(subject.owner, Unanswered) or subject.owner == subject.ours:
        return None
    expected = f"no identity, or one of stack {subject.ours}"
    if not isinstance(subject.owner, NotFound):
        is_ours = StackId.parse(subject.owner, subject.region)
        fix = TAKE_OVER.format(command=subject.move) if is_ours else LEAVE_STACK.format(owner=subject.owner)
        return RuleResult(expected, f"of stack {subject.owner}", fix)
    facts = subject.facts
    if subject.parent and isinstance(facts, IdentityFacts) and facts.primary_region != subject.parent:
        expected = f"a replica of {subject.parent}"
        return RuleResult(expected, f"made by hand, {facts.keys_in_words}", f"{NO_CONVERSION}: see {pages.REPLICAS}.")
    if isinstance(facts, IdentityFacts) and StackId.parse(facts.stack_name, subject.region):
        return RuleResult(expected, f"retained by stack {facts.stack_name}", GO_ON.format(command=subject.move))
    is_other = not subject.parent and isinstance(facts, IdentityFacts) and (facts.uses_byodkim or facts.primary_region)
    if isinstance(facts, IdentityFacts) and is_other and not (subject.has_own_key and facts.uses_byodkim):
        keys = "its own key" if facts.uses_byodkim else f"the keys of {facts.primary_region}"
        place = f"--region {subject.region} --email-identity {subject.domain}"
        return RuleResult(expected, f"made by hand, signs with {keys}", TO_EASY_DKIM.format(place=place))
    return RuleResult(expected, "made by hand")


@rule(
    "preflight-own-key-missing",
    Severity.ERROR,
    OwnKeySecret,
    meaning="The deployment would fail: CloudFormation finds no private key to give to SES.",
    condition="The file has `key: own`, and the secret of the key does not exist in a region that signs with it, or "
    "lacks the version of the key file. No value is read.",
    expected="the secret with that version",
    observed="no secret, or no such version",
    fix="Let `mailproof dkim new-key` copy it there, or exchange the key if it is lost.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html",
)
def own_key_missing(subject: OwnKeySecret) -> RuleResult | None:
    """Look at the secret."""
    if subject.answer is True or isinstance(subject.answer, Unanswered):
        return None
    expected = f"{subject.secret} with version {subject.version}"
    observed = "no such secret" if isinstance(subject.answer, NotFound) else "no such version"
    where = f"take {subject.region} out of `regions` of the key in the key file"
    fix = f"If another region has it, {where}, and run `{subject.command}`, which copies it. If it is lost, take the "
    return RuleResult(expected, observed, f"{fix}key out of that file, and run the same, which makes another.")


@rule(
    "preflight-replica-missing",
    Severity.ERROR,
    ReplicaMissing,
    meaning="The deployment would make an identity with keys of its own: CloudFormation knows no replicas.",
    condition="The file has `replica_of`, and there is no identity in a region other than the parent's.",
    expected="a replica, to be taken into the stack",
    observed="no identity",
    fix="Make it with `mailproof dkim replicate`, and bring it into the stack with `mailproof adopt`.",
    source=dg("send-email-authentication-dkim-deed"),
)
def replica_missing(subject: ReplicaMissing) -> RuleResult:
    """Say how it is made."""
    fix = f"`{subject.make}` makes it, or says what comes first; then `{subject.adopt}` takes it into the stack."
    return RuleResult(f"a replica of {subject.parent}", fix=fix)


@rule(
    "preflight-identities-full",
    Severity.ERROR,
    IdentityQuota,
    meaning="The deployment would fail: SES takes no more identities in this region.",
    condition=f"More than {IDENTITIES_LIMIT} identities in one region, those to come included.",
    expected=f"at most {IDENTITIES_LIMIT}",
    observed="their number",
    fix="Divide the domains among accounts: SES does not raise this quota. `mailproof prune` lists identities that no "
    "file asks for; delete none that mail is sent from.",
    source=dg("quotas"),
)
def identities_full(subject: IdentityQuota) -> RuleResult | None:
    """Count identities."""
    total = subject.present + subject.missing
    return RuleResult(observed=_number(subject)) if total > IDENTITIES_LIMIT else None


@rule(
    "preflight-identities-nearly-full",
    Severity.WARNING,
    IdentityQuota,
    meaning="Little room is left for identities in this region.",
    condition=f"More than {FULL_PERCENT} percent of the quota, identities to come included.",
    expected=f"at most {IDENTITIES_LIMIT}",
    observed="their number",
    fix="Plan for another account; `mailproof prune` lists identities that no file asks for.",
    source=dg("quotas"),
)
def identities_nearly_full(subject: IdentityQuota) -> RuleResult | None:
    """Count identities."""
    total = subject.present + subject.missing
    is_near = total * 100 > IDENTITIES_LIMIT * FULL_PERCENT and total <= IDENTITIES_LIMIT
    return RuleResult(observed=_number(subject)) if is_near else None


def _number(subject: IdentityQuota) -> str:
    return f"{subject.present}, and {subject.missing} to be created"
