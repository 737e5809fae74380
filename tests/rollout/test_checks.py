"""The guard looks for the records of a new MAIL FROM name in every stack of the environment."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from mailproof.change.errors import CommandError
from mailproof.live.answer import Unanswered
from mailproof.live.aws.stacks import DeployedStack
from mailproof.rollout.checks import Allowance, refuse_losses_of
from mailproof.template.cloud_assembly import SynthesisedStack

RESUME = "mailproof rollout run prod"
NAMES = {"MX", "TXT"}


def identity(mail_from: str, behavior: str = "USE_DEFAULT_VALUE") -> dict[str, Any]:
    """Return the template of the region's stack."""
    attributes = {"MailFromDomain": mail_from, "BehaviorOnMxFailure": behavior}
    properties = {"EmailIdentity": "example.com", **({"MailFromAttributes": attributes} if mail_from else {})}
    return {"Resources": {"I": {"Type": "AWS::SES::EmailIdentity", "Properties": properties}}}


def records(*names: str) -> dict[str, Any]:
    """Return the template of the DNS stack, with MX and SPF of these names."""
    sets = [
        {"Name": f"{name}.", "Type": kind, "TTL": "1800", "ResourceRecords": []} for name in names for kind in NAMES
    ]
    group = {"Type": "AWS::Route53::RecordSetGroup", "Properties": {"HostedZoneId": "Z1", "RecordSets": sets}}
    return {"Resources": {"R": group}}


def stack(path: str, template: dict[str, Any]) -> SynthesisedStack:
    """Return a stack as it is to be."""
    return SynthesisedStack(path, path, "111122223333", "eu-west-1", template=template)


class Deployed:
    """Templates in force, by the id of the stack, and which were read."""

    def __init__(self, templates: Mapping[str, Any]) -> None:
        self.templates = templates
        self.read: list[str] = []

    def fetch(self, stack: SynthesisedStack, **_: bool) -> DeployedStack | Unanswered:
        """Return the template in force."""
        self.read.append(stack.path)
        found = self.templates[stack.path]
        return found if isinstance(found, Unanswered) else DeployedStack("UPDATE_COMPLETE", found)


SES = stack("prod/ses-eu-west-1", identity("new.example.com"))
DNS = stack("prod/dns", records("old.example.com", "new.example.com"))


def guard(in_dns: Any, *allowed: str, **facts: Any) -> Deployed:
    """Ask the guard about the region's stack alone, as `--wave` does."""
    deployed = Deployed({SES.path: identity("old.example.com"), DNS.path: in_dns})
    refuse_losses_of([SES], deployed, Allowance(frozenset(allowed), resume=RESUME, **facts), [DNS, SES])  # type: ignore[arg-type]
    return deployed


def test_records_in_another_stack_count() -> None:
    """Those of a name that regions share are in the DNS stack."""
    assert guard(records("old.example.com", "new.example.com")).read == [SES.path, DNS.path]


def test_records_that_are_not_deployed_refuse_the_name() -> None:
    """With the command that lets it pass, which does."""
    with pytest.raises(CommandError) as refused:
        guard(records("old.example.com"))
    assert refused.value.exit_code == 1
    assert str(refused.value).count("would take a MAIL FROM name whose MX and SPF no stack has deployed yet") == 1
    assert f"to allow all of this: {RESUME} --allow {SES.path}:I" in str(refused.value)
    guard(records("old.example.com"), f"{SES.path}:I")


def test_records_in_a_zone_that_nobody_asks_yet_do_not_count() -> None:
    """SES asks the servers that answer now: of a MAIL FROM name and of an own key."""
    with pytest.raises(CommandError) as refused:
        guard(records("old.example.com", "new.example.com"), pending=frozenset({"Z1"}))
    assert "enter its records at the DNS provider that answers now" in str(refused.value)
    with pytest.raises(CommandError, match="would be signed with a key whose record no stack has deployed yet"):
        guard_signing(own("s1"), own("s2"), pending=frozenset({"Z1"}))


@pytest.mark.parametrize("after", [(), (DNS.path,)], ids=["in any order", "after the records"])
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (identity("old.example.com"), "new.example.com", "also: ['old.example.com']}`, roll that out"),
        (identity("old.example.com", "REJECT_MESSAGE"), "", "write `on_mx_failure: use_default_value` and roll"),
        (identity("old.example.com"), "", ""),
    ],
    ids=["another name", "none, and mail is refused without it", "none"],
)
def test_the_old_name_does_not_go_before_the_identity_is_updated(
    old: dict[str, Any], new: str, words: str, after: tuple[str, ...]
) -> None:
    """Whatever is allowed: its records are in a stack that is deployed first. In one that comes later they may go."""
    region, dns = replace(SES, template=identity(new), after=after), replace(DNS, template=records("new.example.com"))
    deployed = Deployed({SES.path: old, DNS.path: DNS.template})

    def look(*stacks: SynthesisedStack) -> None:
        allowance = Allowance(frozenset({f"{DNS.path}:R"}), resume=RESUME)
        refuse_losses_of(stacks, deployed, allowance, stacks)  # type: ignore[arg-type]

    with pytest.raises(CommandError) if words else nullcontext() as refused:
        look(dns, region)
    if refused:
        [line] = [found for found in refused.value.lines if "goes before" in found]
        assert words in line
        assert "--allow" not in str(refused.value)
    look(replace(dns, after=(SES.path,)), region)


def test_a_stack_that_cannot_be_read_is_not_taken_for_one_without_records() -> None:
    """It is not known whether the records are there."""
    with pytest.raises(CommandError) as refused:
        guard(Unanswered("AccessDenied"))
    assert refused.value.exit_code == 3
    assert refused.value.lines[0].startswith("prod/dns: could not ask for the deployed template: AccessDenied")


def test_other_stacks_are_read_only_where_it_matters() -> None:
    """Of thousands of deployments hardly one changes a name."""
    deployed = Deployed({SES.path: SES.template, DNS.path: Unanswered("not to be read")})
    refuse_losses_of([SES], deployed, Allowance(), [DNS, SES])  # type: ignore[arg-type]
    assert deployed.read == [SES.path]


@pytest.mark.parametrize(
    ("policy", "facts", "is_refused"),
    [
        ("Delete", {"elsewhere": {"old.example.com"}}, True),
        ("Retain", {"elsewhere": {"old.example.com"}}, False),
        ("Delete", {}, False),
        ("Delete", {"elsewhere": {"old.example.com"}, "pending": {"Z1"}}, False),
    ],
    ids=["another zone", "retained", "not asked for", "the zone that is filled"],
)
def test_what_the_file_asks_for_is_not_deleted_where_the_world_may_ask(
    policy: str, facts: dict[str, set[str]], *, is_refused: bool
) -> None:
    """A zone that leaves the file may have its delegation still: the way keeps the records."""
    deployed = {"Resources": {"R": {**DNS.template["Resources"]["R"], "DeletionPolicy": policy}}}
    wanted = replace(DNS, template={"Resources": {}})
    allowance = Allowance(frozenset({f"{DNS.path}:R"}), **{key: frozenset(found) for key, found in facts.items()})  # type: ignore[arg-type]
    with pytest.raises(CommandError) if is_refused else nullcontext() as refused:
        refuse_losses_of([wanted], Deployed({DNS.path: deployed}), allowance, [wanted])  # type: ignore[arg-type]
    if refused:
        assert "undo this change, write `removal_policy: retain`, roll that out" in str(refused.value)
        assert "--allow" not in str(refused.value)


def signing(**properties: Any) -> dict[str, Any]:
    """Return the template of the region's stack, with an identity that signs in some way."""
    identity = {"EmailIdentity": "example.com", **properties}
    return {"Resources": {"I": {"Type": "AWS::SES::EmailIdentity", "Properties": identity}}}


def own(selector: str) -> dict[str, Any]:
    """Return the template of the region's stack, with an identity that signs with an own key."""
    return signing(
        DkimSigningAttributes={"DomainSigningSelector": selector, "DomainSigningPrivateKey": "{{resolve:…}}"}
    )


EASY, SELF = signing(), signing(DkimAttributes={"SigningEnabled": False})


def guard_signing(before: Any, after: Any, *, in_dns: Any = None, **allowance: Any) -> None:
    """Ask the guard about a change of how an identity signs."""
    wanted, dns = stack("prod/ses-eu-west-1", after), stack("prod/dns", records_of("s1", "s2"))
    deployed = Deployed({wanted.path: before, dns.path: dns.template if in_dns is None else in_dns})
    refuse_losses_of([wanted], deployed, Allowance(resume=RESUME, **allowance), [dns, wanted])  # type: ignore[arg-type]


def records_of(*selectors: str) -> dict[str, Any]:
    """Return the template of the DNS stack, with the records of own keys."""
    resources = {
        selector: {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {"HostedZoneId": "Z1", "Name": f"{selector}._domainkey.example.com.", "Type": "TXT"},
        }
        for selector in selectors
    }
    return {"Resources": resources}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (EASY, own("s1"), "from keys of SES to a key of your own: SES signs with neither"),
        (own("s1"), EASY, "from a key of your own to keys of SES: SES signs with neither"),
        (EASY, SELF, "from keys of SES to the sender's own signature: the sender has to change in the same moment"),
        (SELF, own("s1"), "from the sender's own signature to a key of your own"),
    ],
    ids=["easy to own", "own to easy", "easy to self", "self to own"],
)
def test_another_way_to_sign_is_refused_unless_the_gap_is_accepted(before: Any, after: Any, words: str) -> None:
    """Mail would leave unsigned; the command that accepts it is named, and does."""
    with pytest.raises(CommandError) as refused:
        guard_signing(before, after)
    assert words in str(refused.value)
    assert f"if this is intended, at a quiet time: {RESUME} --accept-unsigned-gap" in refused.value.lines
    guard_signing(before, after, unsigned_gap=True)
    guard_signing(None, after)
    guard_signing(before, before)


def test_another_own_key_is_refused_until_its_record_is_deployed() -> None:
    """Receivers would find no key; the command that goes in the right order is named."""
    with pytest.raises(CommandError) as refused:
        guard_signing(own("s1"), own("S2"), in_dns=records_of("s1"))
    assert "would be signed with a key whose record no stack has deployed yet" in str(refused.value)
    assert "`mailproof dkim rotate prod example.com`" in str(refused.value)
    guard_signing(own("s1"), own("s2"))
    guard_signing(own("s1"), own("elsewhere"), in_dns=records_of("s1"))  # a person publishes it


def key_record(key: str) -> dict[str, Any]:
    """Return the template of the DNS stack, with the record of an own key."""
    template = records_of("s1")
    template["Resources"]["s1"]["Properties"]["ResourceRecords"] = [f'"v=DKIM1; k=rsa; " "p={key}"']
    return template


def test_another_key_under_the_same_selector_is_refused() -> None:
    """Its record is deployed, and holds the old key: a key file that was made anew, say. To revoke a key takes none."""
    dns = stack("prod/dns", key_record("BBBB"))
    with pytest.raises(CommandError) as refused:
        refuse_losses_of([dns], Deployed({dns.path: key_record("AAAA")}), Allowance(resume=RESUME))  # type: ignore[arg-type]
    assert "would hold another key under the same selector" in str(refused.value)
    assert "`mailproof dkim rotate prod example.com --begin` makes one" in str(refused.value)
    assert f"{RESUME} --allow prod/dns:s1" in str(refused.value)
    for before, after in (("BBBB", "BBBB"), ("AAAA", ""), ("", "BBBB")):
        dns = stack("prod/dns", key_record(after))
        refuse_losses_of([dns], Deployed({dns.path: key_record(before)}), Allowance(resume=RESUME))  # type: ignore[arg-type]


def replica(parent: str = "us-east-1") -> dict[str, Any]:
    """Return the template of a region's stack, with a replica of another region's identity."""
    template = signing()
    template["Resources"]["I"]["Metadata"] = {"ReplicaOf": parent}
    return template


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, replica(), "to be a replica of us-east-1, and CloudFormation would give it keys of its own: `mailproof"),
        (EASY, replica(), "has keys of its own and is to be one of us-east-1: AWS documents"),
        (replica(), EASY, "is a replica of us-east-1 and is to have keys of its own: AWS documents"),
        (replica(), SELF, "is a replica of us-east-1 and is to have keys of its own: AWS documents"),
        (replica("us-west-2"), replica(), "is a replica of us-west-2 and is to be one of us-east-1: AWS documents"),
    ],
    ids=["new", "easy to replica", "replica to easy", "replica to self", "another parent"],
)
def test_what_cloudformation_cannot_do_to_replicas_is_refused(before: Any, after: Any, words: str) -> None:
    """Whatever gap is accepted."""
    with pytest.raises(CommandError, match=words):
        guard_signing(before, after, unsigned_gap=True)
    guard_signing(replica(), replica())
    guard_signing(replica(), own("s1"), unsigned_gap=True)


@pytest.mark.parametrize("after", [{"Resources": {}}, own("s1")], ids=["gone", "own key"])
def test_a_parent_stays_while_a_stack_holds_a_replica(after: Any) -> None:
    """In any region, also where the replica is to go in the same rollout; without one it may."""
    parent = stack("prod/ses-eu-west-1", after)
    other = SynthesisedStack("prod/ses-us-east-1", "other", "111122223333", "us-east-1", template=EASY)
    dns = stack("prod/dns", records_of("s1"))
    allowance = Allowance(frozenset({f"{parent.path}:I"}), resume=RESUME, unsigned_gap=True)

    def guard_parent(in_other: Any) -> None:
        deployed = Deployed({parent.path: EASY, other.path: in_other, dns.path: dns.template})
        refuse_losses_of([parent], deployed, allowance, [dns, parent, other])  # type: ignore[arg-type]

    with pytest.raises(CommandError, match=r"prod/ses-us-east-1: I: .* is a replica of eu-west-1, whose"):
        guard_parent(replica("eu-west-1"))
    with pytest.raises(CommandError, match="could not ask"):
        guard_parent(Unanswered("AccessDenied"))
    guard_parent(EASY)


def test_a_change_that_takes_two_steps_is_refused_with_the_way() -> None:
    """Whatever is allowed: a parked domain, DKIM records by name, a parent with its replica; to be pasted."""
    record = {"Type": "CNAME", "Name": f"{'t' * 32}._domainkey.example.com.", "HostedZoneId": "Z1"}
    given = {"Resources": {"D": {"Type": "AWS::Route53::RecordSet", "Properties": record}}}
    kept = {"Resources": {"I": EASY["Resources"]["I"] | {"DeletionPolicy": "Retain"}}}
    resume = f"{RESUME} --wave 1 --only=diff --yes --profile p --environments x"
    whole = f"{RESUME} --yes --profile p --environments x"

    def refused(before: Any, after: Any, other: Any = None, **facts: Any) -> list[str]:
        stacks = [stack("prod/ses-eu-west-1", after)]
        replica_stack = SynthesisedStack(
            "prod/ses-us-east-1", "o", "111122223333", "us-east-1", template={"Resources": {}}
        )
        found = {stacks[0].path: before, replica_stack.path: other or {}}
        place = ("--environments", "x")
        allowance = Allowance(frozenset({"example.com"}), resume=resume, place=place, **facts)
        with pytest.raises(CommandError) as caught:
            refuse_losses_of(stacks, Deployed(found), allowance, [*stacks, replica_stack])  # type: ignore[arg-type]
        assert caught.value.lines[-1] == "nothing of this was deployed"
        return list(caught.value.lines[:-1])

    allowing, adopting = f"{whole} --allow example.com", "mailproof adopt --environment prod --environments x"
    prune = "mailproof prune --environment prod --remove --environments x"
    first, *steps = refused(EASY, {"Resources": {}}, parked=frozenset({"example.com"}))
    assert first.startswith("prod: 'example.com' is to be parked, and its identity is still in prod/ses-eu-west-1")
    assert [step[5:] for step in steps][1:3] == [allowing, prune]
    assert [step[5:] for step in steps][4:] == [adopting, whole]
    first, *steps = refused(kept, given)
    assert first.startswith("prod: identity 'example.com' would leave prod/ses-eu-west-1, and the file names DKIM")
    assert [step[5:] for step in steps][1::2] == [allowing, adopting]
    first, *steps = refused(EASY, {"Resources": {}}, replica("eu-west-1"))
    assert "is a replica of eu-west-1, whose identity would go" in first
    assert [step[5:] for step in steps][1::2] == [allowing, allowing]
