"""Rules about records that are there before the deployment, and the room beside them."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.rules.stack import CDK_IMPORT, TAKE_OVER
from mailproof.check.preflight.subjects import RecordThere, ZoneQuota
from mailproof.check.rule import RuleResult, rule
from mailproof.check.wanted import replace_alias
from mailproof.live.answer import Unanswered
from mailproof.template.type_changes import WAY

ROUTE53_LIMITS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"
EXCHANGE = (
    f"It is live, and nothing can coexist with a CNAME, so neither a deployment nor a move can exchange them: {WAY}."
)
ADOPT = (
    "`mailproof adopt` brings it into the stack; where the file has `record_sets: grouped`, write `individual` first"
)
NOT_ASKED_YET = (
    f"{ADOPT}. Or, as long as resolvers do not ask this hosted zone, delete the record there, and the "
    "deployment makes it as the file has it."
)
PUT_ALIAS = (
    "Put the CNAME that `mailproof records` shows in its place, in one change batch, so that the name is never empty, "
    "and bring it into the stack with `mailproof adopt`. If what is there is to stay, do not ask for the CNAME."
)
MAKE_ROOM = (
    "Delete what is there just before the deployment, which makes the CNAME once it knows the target: senders that "
    "find no policy meanwhile keep the one that they have. If what is there is to stay, leave out `serve` in the file."
)
SIMPLIFY = (
    "Replace it by a simple record of the wanted value, in one batch of Route 53, so that it is never gone. Then "
    f"{ADOPT}."
)


@rule(
    "preflight-record-there",
    Severity.ERROR,
    RecordThere,
    meaning="The deployment would fail: Route 53 creates no record set twice, and none at the name of a CNAME.",
    condition="A record set, or a CNAME, is at a name where the deployment will create one, and not in our stack.",
    expected="no record, or one of our stack",
    observed="what is there",
    fix=f"{ADOPT}. What it says stays in force. Do not delete it while mail is sent from the domain.",
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
        return RuleResult(expected, subject.found, MAKE_ROOM if subject.kind.target else PUT_ALIAS)
    if subject.found_type != subject.type:
        return RuleResult(expected, subject.found, replace_alias(f"{subject.kind.leave_out} in the file"))
    lost = f"; the record of the file lacks {'; '.join(subject.dropped)}" if subject.dropped else ""
    return RuleResult(expected, f"{subject.found}{lost}", SIMPLIFY if subject.extras else "")


@rule(
    "preflight-zone-full",
    Severity.ERROR,
    ZoneQuota,
    meaning="The deployment would fail: the hosted zone takes no more record sets.",
    condition="More record sets than the hosted zone's limit, new ones included.",
    expected="room for the records",
    observed="their number",
    fix="Ask for a higher limit. `mailproof prune` lists the records of mailproof that no file asks for.",
    source=ROUTE53_LIMITS,
)
def zone_full(subject: ZoneQuota) -> RuleResult | None:
    """Count record sets."""
    if subject.present + subject.missing <= subject.limit:
        return None
    return RuleResult(f"at most {subject.limit} record sets", f"{subject.present}, and {subject.missing} new")
