"""The guard: what of live mail a deployment would take away, told from two templates."""

import copy
from contextlib import nullcontext
from typing import Any

import pytest

from mailproof.model.domain import MailFrom, SendingDomain, Zone
from mailproof.model.records import expected_records
from mailproof.model.resources import build_identity, build_record_sets, dkim_attributes
from mailproof.template.losses import Fate, Loss, find_differences, find_losses, refuse_losses
from mailproof.testing import StackTemplate, assert_nothing_lost

REGION = "eu-west-1"
IDENTITY = "IdentityExampleCom19CB0CFC"
ZONE = Zone("example.com", "Z1")

Template = dict[str, Any]


def template(*names: str, individual: bool = False, policy: str = "Delete", zone: Zone = ZONE) -> Template:
    """Return the template of some domains, as the stacks of this app have it."""
    resources: dict[str, Any] = {}
    for name in names or ["example.com"]:
        domain = SendingDomain(
            name, zone, (REGION,), mail_from=MailFrom(f"bounce.{name}"), individual_records=individual
        )
        resources |= build_identity(domain, REGION)
        resources |= build_record_sets(domain, expected_records(domain, REGION, dkim_attributes(name)))
    return {"Resources": {key: value | {"DeletionPolicy": policy} for key, value in resources.items()}}


def losses(deployed: Template, wanted: Template) -> list[Loss]:
    """Compare templates of one stack."""
    return find_losses("prod/ses-eu-west-1", deployed, wanted)


def records(found: Template) -> list[dict[str, Any]]:
    """Return the record sets of the group."""
    sets: list[dict[str, Any]] = next(r for name, r in found["Resources"].items() if name.startswith("Records"))[
        "Properties"
    ]["RecordSets"]
    return sets


def changed(found: Template) -> Template:
    """Return a copy to change."""
    return copy.deepcopy(found)


def test_the_same_template_loses_nothing() -> None:
    """Nor does one with more in it."""
    assert losses(template(), template()) == []
    assert losses(template(), template("example.com", "news.example.com")) == []


def test_a_change_in_place_loses_nothing() -> None:
    """Another MX target, another TTL, another order of records, another key length: AWS changes them where they are."""
    wanted = changed(template())
    records(wanted)[3]["ResourceRecords"] = ["10 elsewhere.example."]
    records(wanted)[3]["TTL"] = "60"
    records(wanted).reverse()
    next(iter(wanted["Resources"].values()))["Properties"]["MailFromAttributes"] = {"MailFromDomain": "mta.example.com"}
    assert losses(template(), wanted) == []


def test_a_domain_that_leaves_is_deleted() -> None:
    """The identity and every record of its group are named, each resource with its own switch."""
    identity, group = losses(template("example.com", "news.example.com"), template("news.example.com"))
    assert identity == Loss("prod/ses-eu-west-1", IDENTITY, Fate.DELETED, ("identity 'example.com'",))
    assert group.fate is Fate.DELETED
    assert list(group.words) == [
        "CNAME record 1 of DKIM of 'example.com' in zone Z1",
        "CNAME record 2 of DKIM of 'example.com' in zone Z1",
        "CNAME record 3 of DKIM of 'example.com' in zone Z1",
        "MX record 'bounce.example.com' in zone Z1",
        "TXT record 'bounce.example.com' in zone Z1",
    ]


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_a_retained_domain_leaves_management(policy: str) -> None:
    """It is said that it stays in AWS, since the policy in force keeps it."""
    deployed = template("example.com", "news.example.com", policy=policy)
    found = losses(deployed, template("news.example.com", policy=policy))
    assert {loss.fate for loss in found} == {Fate.RETAINED}
    assert str(found[0]) == (
        f"prod/ses-eu-west-1: {IDENTITY}: would no longer be managed, though they stay in AWS: identity 'example.com'"
    )


def test_the_policy_in_force_counts() -> None:
    """A policy that comes with the same change comes too late."""
    found = losses(template("example.com", "news.example.com"), template("news.example.com", policy="Retain"))
    assert {loss.fate for loss in found} == {Fate.DELETED}


def test_a_record_that_leaves_a_group_is_deleted() -> None:
    """No policy keeps it: it is named alone, with the switch of its group."""
    wanted = changed(template(policy="Retain"))
    records(wanted).pop()
    [loss] = losses(template(policy="Retain"), wanted)
    assert (loss.fate, loss.words) == (Fate.DELETED, ("TXT record 'bounce.example.com' in zone Z1",))
    assert loss.switch == f"prod/ses-eu-west-1:{next(n for n in wanted['Resources'] if n.startswith('Records'))}"


def test_another_name_for_an_identity_replaces_it() -> None:
    """The name cannot change in place."""
    wanted = changed(template())
    wanted["Resources"][IDENTITY]["Properties"]["EmailIdentity"] = "example.net"
    found = losses(template(), wanted)
    assert [(loss.logical_id, loss.fate) for loss in found] == [(IDENTITY, Fate.REPLACED)]


def test_another_zone_replaces_a_group() -> None:
    """All its records go from the old zone."""
    [loss] = losses(template(), template(zone=Zone("example.com", "Z2")))
    assert (loss.fate, len(loss.words)) == (Fate.REPLACED, 5)


@pytest.mark.parametrize(("old", "new"), [("Retain", "Retain"), ("Delete", "Retain"), ("Retain", "Delete")])
def test_what_another_zone_replaces_stays_if_it_is_retained(old: str, new: str) -> None:
    """Only if both templates say so: AWS does not say which of them counts."""
    before, after = (template(zone=Zone("example.com", zone_id)) for zone_id in ("Z1", "Z2"))
    for found, policy in ((before, old), (after, new)):
        for resource in found["Resources"].values():
            resource["UpdateReplacePolicy"] = policy
    [loss] = losses(before, after)
    assert loss.fate is (Fate.LEFT if (old, new) == ("Retain", "Retain") else Fate.REPLACED)


def test_another_type_replaces_a_record_set() -> None:
    """CloudFormation's documents disagree whether name and type change in place; it counts as unsafe."""
    deployed = template(individual=True)
    wanted = changed(deployed)
    name = next(name for name in wanted["Resources"] if name.startswith("MailFromMx"))
    wanted["Resources"][name]["Properties"]["Type"] = "TXT"
    [loss] = losses(deployed, wanted)
    assert (loss.logical_id, loss.fate) == (name, Fate.REPLACED)


def test_records_that_pass_to_other_resources_are_in_their_way() -> None:
    """From a group to individual records: each is there already when its new resource is made."""
    [loss] = losses(template(), template(individual=True))
    assert (loss.fate, len(loss.words)) == (Fate.UNGROUPED, 5)
    assert "`record_sets: grouped` keeps the group" in str(loss)
    back = losses(template(individual=True), template())
    assert [loss.fate for loss in back] == [Fate.GROUPED] * 5


def test_tokens_of_another_stack_are_told_apart_by_identity_and_number() -> None:
    """The role by which they are read is not part of the record; the identity is."""

    def record(role: str, identity: str = "IdentityA1") -> Template:
        output = {"OutputName": f"PublishOutputFnGetAtt{identity}DkimDNSTokenName1X", "RoleArn": role}
        name = {"Fn::Join": ["", [{"Fn::GetStackOutput": output}, "."]]}
        properties = {"HostedZoneId": "Z1", "RecordSets": [{"Name": name, "Type": "CNAME"}]}
        return {"Resources": {"Records": {"Type": "AWS::Route53::RecordSetGroup", "Properties": properties}}}

    assert losses(record("one"), record("two")) == []
    [loss] = losses(record("one"), record("one", "IdentityB2"))
    assert loss.words == ("CNAME record 1 of DKIM of 'IdentityA1' in zone Z1",)


def test_other_resources_are_not_guarded() -> None:
    """A role by which a stack reads another holds no mail."""
    role = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {}}}}
    assert losses(role, {"Resources": {}}) == []


def test_what_nobody_has_allowed_is_refused() -> None:
    """By the switch that allows exactly that resource; with all of them it passes."""
    found = losses(template("example.com", "news.example.com"), template("news.example.com"))
    switches = {loss.switch for loss in found}
    assert refuse_losses(found, switches, 5) == []
    [line] = refuse_losses(found, switches - {f"prod/ses-eu-west-1:{IDENTITY}"}, 5)
    assert line == (
        f"prod/ses-eu-west-1: {IDENTITY}: would be deleted: identity 'example.com'; "
        f"if this is intended, --allow prod/ses-eu-west-1:{IDENTITY}"
    )


def test_too_many_losses_are_refused_even_if_each_is_allowed() -> None:
    """The line says how many there are, the limit and the way out."""
    found = losses(template("example.com", "a.example.com", "b.example.com"), {"Resources": {}})
    switches = {loss.switch for loss in found}
    assert refuse_losses(found, switches, 5) == [
        "6 resources would lose identities or records, the limit is 5; if this is intended, --max-removals 6"
    ]
    assert refuse_losses(found, switches, 6) == []


def resource(name: str = "x.example.com.", *, grouped: bool = False, **more: Any) -> dict[str, Any]:
    """Return a record set, alone or in a group."""
    record = {"Name": name, "Type": "TXT", "ResourceRecords": ['"x"'], **more}
    if grouped:
        return {"Type": "AWS::Route53::RecordSetGroup", "Properties": {"HostedZoneId": "Z1", "RecordSets": [record]}}
    return {"Type": "AWS::Route53::RecordSet", "Properties": {"HostedZoneId": "Z1", **record}}


def identity(domain: str) -> dict[str, Any]:
    """Return an identity."""
    return {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": domain}}


RETAINED = {**identity("a.example"), "DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


@pytest.mark.parametrize(
    ("before", "after", "fate"),
    [
        ({"R": resource("X.example.com")}, {"R": resource("x.EXAMPLE.com.")}, None),
        ({"R": resource("X.example.com", grouped=True)}, {"R": resource("x.EXAMPLE.com.", grouped=True)}, None),
        ({"I": identity("a.example")}, {"I": identity("b.example")}, Fate.REPLACED),
        ({"I": identity("a.example")}, {"J": identity("a.example")}, Fate.MOVED),
        ({"R": resource()}, {"G": resource(grouped=True)}, Fate.GROUPED),
        ({"G": resource(grouped=True)}, {"R": resource()}, Fate.UNGROUPED),
        ({"G": resource(grouped=True)}, {"G": resource("y.example.com.", grouped=True)}, Fate.DELETED),
        ({"R": resource()}, {"R": resource("y.example.com.")}, Fate.REPLACED),
        ({"R": resource(SetIdentifier="a")}, {"R": resource(SetIdentifier="b")}, Fate.REPLACED),
        ({"R": resource()}, {}, Fate.DELETED),
        ({"I": RETAINED}, {"I": identity("a.example")}, Fate.UNRETAINED),
        ({"I": identity("a.example")}, {"I": RETAINED}, None),
    ],
    ids=[
        "case and dot",
        "case and dot in a group",
        "identity replaced",
        "identity under another logical id",
        "record into a group",
        "record out of a group",
        "record that leaves its group",
        "record renamed",
        "record of another set",
        "record removed",
        "identity retained no longer",
        "identity retained from now on",
    ],
)
def test_guard_and_assertion_agree_on_what_is_lost(before: Any, after: Any, fate: Fate | None) -> None:
    """The guard says how it would go, the assertion refuses the same."""
    assert {loss.fate for loss in losses({"Resources": before}, {"Resources": after})} == ({fate} if fate else set())
    deployed, wanted = (
        {"mail": StackTemplate("prod/mail", "mail", "111122223333", REGION, template={"Resources": resources})}
        for resources in (before, after)
    )
    with pytest.raises(AssertionError) if fate else nullcontext():
        assert_nothing_lost(deployed, wanted)


def test_a_name_is_known_in_every_form_in_which_a_template_may_have_it() -> None:
    """`cdk import` leaves YAML, whose short form of an attribute is one text."""

    def stack(attribute: Any) -> Template:
        name = {"Fn::Join": ["", [{"Fn::GetAtt": attribute}, "."]]}
        return {"Resources": {"IdentityA": identity("a.example"), "R": resource(name)}}  # type: ignore[arg-type]

    assert losses(stack(["IdentityA", "DkimDNSTokenName1"]), stack("IdentityA.DkimDNSTokenName1")) == []
    [loss] = losses(stack(["IdentityA", "DkimDNSTokenName1"]), stack("IdentityA.DkimDNSTokenName2"))
    assert loss.words == ("TXT record 1 of DKIM of 'a.example' in zone Z1",)


def test_tags_alone_are_no_difference() -> None:
    """CloudFormation gives a question mark back for a letter outside ASCII."""

    def stack(owner: str, name: str = "example.com") -> dict[str, Any]:
        properties = {"EmailIdentity": name, "Tags": [{"Key": "owner", "Value": owner}]}
        return {"Resources": {"Identity": {"Type": "AWS::SES::EmailIdentity", "Properties": properties}}}

    assert find_differences(stack("B?cher"), stack("Bücher")) == []
    assert find_differences(stack("mail", "example.net"), stack("mail")) == ["Identity"]
    assert find_differences({}, stack("mail")) == ["Identity"]


def test_what_is_no_longer_retained_is_one_loss_a_stack() -> None:
    """It names what stays and is retained no longer, not all of a large stack; more protection needs no word."""
    retained, destroyed = template(policy="RetainExceptOnCreate"), template(policy="Delete")
    [loss] = losses(retained, destroyed)
    assert (loss.logical_id, loss.fate) == ("removal_policy", Fate.UNRETAINED)
    assert loss.words[0] == "identity 'example.com'"
    assert loss.switch == "prod/ses-eu-west-1:removal_policy"
    assert losses(destroyed, retained) == []
    many = [f"d{number}.example.com" for number in range(9)]
    [loss] = losses(template(*many, policy="Retain"), template(*many))
    assert (len(loss.words), loss.words[-1]) == (11, "and 44 more")
