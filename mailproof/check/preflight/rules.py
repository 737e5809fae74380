"""The rules of `mailproof preflight`, beside those of `check` about zones, accounts and addresses."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.subjects import (
    ApexSpf,
    AwsUnavailable,
    BootstrapThere,
    Caller,
    ClosedAccount,
    ClosedRegion,
    DriftedIdentity,
    DriftedRecord,
    IdentityQuota,
    IdentityThere,
    MailFromInUse,
    NullMxLeft,
    OwnKeySecret,
    RecordThere,
    RegionsUnasked,
    ReplacedIdentity,
    ReplicaMissing,
    StackElsewhere,
    StackLeft,
    UnfinishedRepair,
    ZoneQuota,
)
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.check.rules.mail_from import ANOTHER_NAME, fix_of_others
from mailproof.check.wanted import LEAVE_OUT_DMARC, replace_alias
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.remedies import LOG_IN, USE_ITS_ACCOUNT, remedy
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.model.stack_id import StackId
from mailproof.template.replicas import NO_CONVERSION, REPLICAS
from mailproof.template.type_changes import WAY

IDENTITIES_LIMIT = 10_000  # a region; SES does not raise it
FULL_PERCENT = 90
CDK_BOOTSTRAP = "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping.html"
CDK_IMPORT = "https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-import.html"
ROUTE53_LIMITS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"
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
TAKE_OVER = (
    "It is live: `{command}` takes it into the stack where the file puts it, without a gap. Or let the file put its "
    "domain where it was (`stack`, `stacks`, the environment)."
)
EXCHANGE = (
    f"It is live, and nothing stands beside a CNAME, so that neither a deployment nor a move exchanges them: {WAY}."
)
GO_ON = "It is live, and no stack holds it: `{command}` takes it in, as where a move was interrupted."
NOT_ASKED_YET = (
    "Write `record_sets: individual`, and `mailproof adopt` brings it into the stack. Or, as long as the world does "
    "not ask this hosted zone, delete the record there, and the deploy makes it as the file has it."
)
SIMPLE_AGAIN = (
    "Decide which of the two is right. `{command}` leaves it, since it is of another kind than the stack's, and prints "
    "the batch of Route 53 that replaces it by the stack's, so that it is never gone."
)
DRIFT = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html"
PUT_ALIAS = (
    "Put the CNAME that `mailproof records` shows in its place, in one change batch, so that the name is never empty, "
    "and bring it into the stack with `mailproof adopt`. If what is there is to stay, do not ask for the CNAME."
)
MAKE_ROOM = (
    "Delete what is there just before the deploy, which makes the CNAME once it knows the target: senders that find no "
    "policy meanwhile keep the one that they have. If what is there is to stay, leave out `serve` in the file."
)
SIMPLIFY = (
    "Replace it by a simple record of the wanted value, in one batch of Route 53, so that it is never gone. Then write "
    "`record_sets: individual`, and `mailproof adopt` brings it into the stack."
)


@rule(
    "preflight-wrong-account",
    Severity.ERROR,
    Caller,
    meaning="The deploy would fail, or reach another account than the file's.",
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
    meaning="Bootstrap and records in the account of a zone are not looked at; the deploy itself uses other roles.",
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
    meaning="SES refuses every call there, so that the deploy would fail.",
    condition="SES refuses credentials that STS knows: the region is not enabled for the account.",
    expected="an enabled region",
    observed="the error code",
    fix="Enable the region for the account, or take it out of the file.",
    source="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
)
def region_closed(subject: ClosedRegion) -> RuleResult | None:
    """Say what came instead."""
    return RuleResult(observed=str(subject.why))


@rule(
    "preflight-identity-there",
    Severity.ERROR,
    IdentityThere,
    meaning="The deploy would fail: CloudFormation does not take over an identity that exists.",
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
        return RuleResult(expected, f"made by hand, {facts.keys_in_words}", f"{NO_CONVERSION}: see {REPLICAS}.")
    if isinstance(facts, IdentityFacts) and StackId.parse(facts.stack_name, subject.region):
        return RuleResult(expected, f"let go by stack {facts.stack_name}", GO_ON.format(command=subject.move))
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
    meaning="The deploy would fail: CloudFormation finds no private key to give to SES.",
    condition="The file has `key: own`, and the secret of the key does not exist in a region that signs with it, or "
    "lacks the version of the file of keys. No value is read.",
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
    where = f"take {subject.region} out of `regions` of the key in the file of keys"
    fix = f"If another region has it, {where}, and run `{subject.command}`, which copies it. If it is lost, take the "
    return RuleResult(expected, observed, f"{fix}key out of that file, and run the same, which makes another.")


@rule(
    "preflight-replica-missing",
    Severity.ERROR,
    ReplicaMissing,
    meaning="The deploy would make an identity with keys of its own: CloudFormation knows no replicas.",
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
    meaning="The deploy would fail: SES takes no more identities in this region.",
    condition=f"More than {IDENTITIES_LIMIT} identities in one region, those to come included.",
    expected=f"at most {IDENTITIES_LIMIT}",
    observed="their number",
    fix="Divide the domains among accounts: SES does not raise this quota. `mailproof prune` lists identities that no "
    "file asks for; delete none as which mail is sent.",
    source=dg("quotas"),
)
def identities_full(subject: IdentityQuota) -> RuleResult | None:
    """Count identities."""
    total = subject.present + subject.missing
    return RuleResult(observed=f"{subject.present} and {subject.missing} to come") if total > IDENTITIES_LIMIT else None


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
    return RuleResult(observed=f"{subject.present} and {subject.missing} to come") if is_near else None


@rule(
    "preflight-record-there",
    Severity.ERROR,
    RecordThere,
    meaning="The deploy would fail: Route 53 does not create a record set twice, and nothing beside a CNAME.",
    condition="A record set, or a CNAME, is at a name where the deploy will create one, and not in our stack.",
    expected="no record, or one of our stack",
    observed="what is there",
    fix=(
        "Write `record_sets: individual` and bring it into the stack with `mailproof adopt`: what it says stays in "
        "force. Do not delete it while mail is sent from the domain."
    ),
    source=CDK_IMPORT,
)
def record_there(subject: RecordThere) -> RuleResult | None:
    """Look whether our stack has it."""
    is_ours = isinstance(subject.held, frozenset) and (subject.name, subject.type) in subject.held
    if is_ours or isinstance(subject.held, Unanswered):
        return None
    expected = f"no record, or one of stack {subject.ours}"
    if subject.holder:
        fix = TAKE_OVER.format(command=subject.move) if subject.found_type == subject.type else EXCHANGE
        return RuleResult(expected, f"{subject.found}, of {subject.holder}", fix)
    if subject.is_pending:
        return RuleResult(expected, subject.found, NOT_ASKED_YET)
    if subject.type == "CNAME" and subject.found_type != "CNAME":
        return RuleResult(expected, subject.found, PUT_ALIAS if subject.is_known else MAKE_ROOM)
    if subject.found_type != subject.type:
        leave = LEAVE_OUT_DMARC if subject.name.startswith("_dmarc.") else "choose another `mail_from` in the file"
        return RuleResult(expected, subject.found, replace_alias(leave))
    lost = f"; the record of the file has not {'; '.join(subject.dropped)}" if subject.dropped else ""
    return RuleResult(expected, f"{subject.found}{lost}", SIMPLIFY if subject.extras else "")


@rule(
    "preflight-stack-elsewhere",
    Severity.ERROR,
    StackElsewhere,
    meaning="The deploy would fail: what it would make is live, in a stack of ours that is not in the plan.",
    condition=(
        "A stack of ours, in any region, holds identities or records that a file now puts into another stack: the "
        "order of `regions` or the name of the file has changed."
    ),
    expected="what is deployed stays in its stack",
    observed="the stacks, and what they hold",
    fix="Write what the finding names, `dns_region` or `deployed_as`, or run `mailproof move`.",
    source=CDK_IMPORT,
)
def stack_elsewhere(subject: StackElsewhere) -> RuleResult:
    """Say what the stacks hold."""
    fix = f"{subject.todo[0].upper()}{subject.todo[1:]}."
    return RuleResult(observed=subject.holding, fix=fix)


@rule(
    "preflight-stack-left",
    Severity.INFO,
    StackLeft,
    meaning="Nothing is in its way: no rollout deletes a stack, so that this one stays, and what it holds with it.",
    condition="A stack of ours, in any region of the account or in the account of a zone, holds nothing that any file "
    "asks for, or is of an environment that has no file. It is looked for unless domains or regions are chosen.",
    expected="every stack in a file",
    observed="what it holds",
    fix="See what goes with it, and what stays, by `mailproof prune`.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html",
)
def stack_left(subject: StackLeft) -> RuleResult:
    """Say what it holds."""
    return RuleResult(observed=f"{subject.name} holds {subject.holds}", fix=f"If that is meant: {subject.todo}.")


@rule(
    "preflight-stacks-unknown",
    Severity.INFO,
    RegionsUnasked,
    meaning="Whether stacks of ours are left there is not known; the deploy itself goes elsewhere.",
    condition="CloudFormation does not answer in a region that no file has, or in the account of a zone.",
    expected="an answer",
    observed="the error code",
    fix="Grant `cloudformation:DescribeStacks` and `cloudformation:GetTemplate` there, or look there yourself.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html",
)
def stacks_unknown(subject: RegionsUnasked) -> RuleResult:
    """Say where."""
    return RuleResult(observed=subject.words)


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


def _run(command: str) -> str:
    return f"Run `{command}`."


@rule(
    "preflight-zone-full",
    Severity.ERROR,
    ZoneQuota,
    meaning="The deploy would fail: the hosted zone takes no more record sets.",
    condition="More record sets than the hosted zone's limit, new ones included.",
    expected="room for the records",
    observed="their number",
    fix="Ask for a higher limit. `mailproof prune` lists records of ours that no file asks for.",
    source=ROUTE53_LIMITS,
)
def zone_full(subject: ZoneQuota) -> RuleResult | None:
    """Count record sets."""
    if subject.present + subject.missing <= subject.limit:
        return None
    return RuleResult(f"at most {subject.limit} record sets", f"{subject.present}, and {subject.missing} new")


@rule(
    "preflight-mail-from-in-use",
    Severity.ERROR,
    MailFromInUse,
    meaning="The name receives other mail: SES does not verify it, and mail sent there would get lost.",
    condition="There is an MX at the MAIL FROM name that is not SES's.",
    expected="a name without an MX",
    observed="its MX",
    fix=ANOTHER_NAME,
    source=dg("mail-from"),
)
def mail_from_in_use(subject: MailFromInUse) -> RuleResult | None:
    """Report the MX."""
    fix = fix_of_others(subject.name, subject.found, subject.wanted)
    return RuleResult(observed=", ".join(subject.hosts), fix=fix)


@rule(
    "preflight-apex-spf",
    Severity.INFO,
    ApexSpf,
    meaning="SPF of the domain itself serves its other mail; SES mail never uses it, and the deploy leaves it alone.",
    condition="The domain itself has an SPF record.",
    expected="as it is",
    observed="the record",
    fix="Nothing to do for SES: keep it for the domain's other mail.",
    source=dg("mail-from"),
)
def apex_spf(subject: ApexSpf) -> RuleResult | None:
    """Show the record."""
    return RuleResult(observed=" and ".join(subject.texts)) if subject.texts else None


@rule(
    "preflight-null-mx",
    Severity.WARNING,
    NullMxLeft,
    meaning="The domain says that it takes no mail, and some receivers refuse mail from such a domain.",
    condition="A sending domain has a null MX (`0 .`): it was parked, perhaps.",
    expected="an MX, or none",
    observed="MX 0 .",
    fix="Take the null MX away before mail is sent, or put the domain's own MX in its place; docs/parked-domains.md "
    "has the order of the steps.",
    source="RFC 7505 section 4.2",
)
def null_mx_left(subject: NullMxLeft) -> RuleResult:  # noqa: ARG001 -- the subject says it
    """Report it."""
    return RuleResult()


@rule(
    "preflight-unanswered",
    Severity.UNKNOWN,
    AwsUnavailable,
    BootstrapThere,
    meaning="Whether something stands in the way of the deploy is not known.",
    condition="A call to CloudFormation, SSM or Route 53 fails.",
    expected="an answer",
    observed="the error code",
    fix="Grant the read access that docs/permissions.md lists for preflight, or run again if throttled.",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
)
def unanswered(subject: AwsUnavailable | BootstrapThere) -> RuleResult | None:
    """Say what came instead."""
    if isinstance(subject, AwsUnavailable):
        return RuleResult(observed=f"{subject.what}: {subject.why}")
    if not isinstance(subject.version, Unanswered):
        return None
    return RuleResult(observed=f"ssm:GetParameter in {subject.wanted.account}: {subject.version}")
