"""The assertions: what they refuse, and that they name the record."""

from typing import Any

import pytest

from mailproof.testing import StackTemplate, assert_names_qualified, assert_nothing_lost, assert_one_owner

TOKEN = {"Fn::GetAtt": ["IdentityA", "DkimDNSTokenName1"]}
DKIM = "CNAME record 1 of DKIM of 'example.com' (eu-west-1 of account 111122223333)"
ZONES = {"Z1": "example.com"}


def stack(name: str = "mail", account: str = "111122223333", **resources: Any) -> StackTemplate:
    """Return a stack in eu-west-1 that holds resources."""
    return StackTemplate(f"prod/{name}", name, account, "eu-west-1", template={"Resources": resources})


def identity(domain: str = "example.com") -> dict[str, Any]:
    """Return an identity."""
    return {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": domain}}


def record(name: Any, kind: str = "TXT", value: Any = '"x"', **more: Any) -> dict[str, Any]:
    """Return a record set."""
    properties = {"HostedZoneId": "Z1", "Name": name, "Type": kind, "ResourceRecords": [value], **more}
    return {"Type": "AWS::Route53::RecordSet", "Properties": properties}


def group(*records: dict[str, Any]) -> dict[str, Any]:
    """Return a group of record sets."""
    parts = [{k: v for k, v in r["Properties"].items() if k != "HostedZoneId"} for r in records]
    return {"Type": "AWS::Route53::RecordSetGroup", "Properties": {"HostedZoneId": "Z1", "RecordSets": parts}}


def joined(*parts: Any) -> dict[str, Any]:
    """Join parts of a name."""
    return {"Fn::Join": ["", list(parts)]}


def messages(function: Any, *arguments: Any, **more: Any) -> list[str]:
    """Return what an assertion says, line by line; nothing if it holds."""
    try:
        function(*arguments, **more)
    except AssertionError as err:
        return str(err).splitlines()
    return []


@pytest.mark.parametrize(
    "resource",
    [
        record("_dmarc.example.com."),
        record("example.com._report._dmarc.example.com."),
        record("bounce.example.com.", "MX", "10 feedback-smtp.eu-west-1.amazonses.com."),
        group(record(joined(TOKEN, "."), "CNAME", joined({"Fn::GetAtt": ["IdentityA", "DkimDNSTokenValue1"]}, "."))),
    ],
    ids=["literal", "domain within", "host", "token"],
)
def test_names_that_are_qualified_once_pass(resource: Any) -> None:
    """One dot at the end, of literals and tokens alike."""
    assert messages(assert_names_qualified, {"mail": stack(IdentityA=identity(), R=resource)}, ZONES) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a.example.com", "name has no dot at its end, got 'a.example.com'; end it in one"),
        ("a.example.com..", "name ends in 2 dots, got 'a.example.com..'; end it in one"),
        (
            "a.example.com.example.com.",
            "name holds 'example.com' twice, got 'a.example.com.example.com.'; qualify it once",
        ),
        (
            "Mail.Example.com.example.com.",
            "name holds 'example.com' twice, got 'Mail.Example.com.example.com.'; qualify it once",
        ),
        (
            "a.notexample.com.",
            "name lies outside of its zone 'example.com', got 'a.notexample.com.'; choose the zone above it",
        ),
    ],
    ids=["no dot", "two dots", "zone twice", "another case", "another zone"],
)
def test_fails_on_a_name_that_is_not_qualified_once(name: str, problem: str) -> None:
    """The message names stack, resource and record."""
    stacks = {"mail": stack(R=record(name))}
    assert [f"prod/mail: R: TXT record {name!r}: {problem}"] == messages(assert_names_qualified, stacks, ZONES)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (TOKEN, "name known at deployment has no dot behind it; join it with '.'"),
        (
            joined(TOKEN, ".example.com."),
            "name known at deployment has more than a dot behind it, got ['.example.com.']; join it with '.' alone",
        ),
    ],
    ids=["bare", "zone behind"],
)
def test_fails_on_a_token_that_is_not_joined_with_a_dot(name: Any, problem: str) -> None:
    """What CDK does to names that it cannot read is seen, and the DKIM record named by its domain."""
    stacks = {"mail": stack(IdentityA=identity(), R=group(record(name, "CNAME", "x.")))}
    assert [f"prod/mail: R: {DKIM}: {problem}"] == messages(assert_names_qualified, stacks)


@pytest.mark.parametrize(("kind", "value"), [("MX", "10 host.example"), ("CNAME", "host.example")])
def test_fails_on_a_host_without_a_dot(kind: str, value: str) -> None:
    """What a record points at is judged as well."""
    problem = "host has no dot at its end, got 'host.example'; end it in one"
    assert [f"prod/mail: R: {kind} record 'a.example.com.': {problem}"] == messages(
        assert_names_qualified, {"mail": stack(R=record("a.example.com.", kind, value))}
    )


def test_fails_on_two_owners_of_a_record() -> None:
    """Both are named, in whichever environments and kinds of resource they are."""
    stacks = {
        "a": stack("a", A=group(record("_dmarc.example.com."), record("x.example.com."))),
        "b": stack("b", "444455556666", B=record("_dmarc.example.com."), C=record("x.example.com.", "MX", "1 y.")),
    }
    assert messages(assert_one_owner, stacks) == [
        (
            "TXT record '_dmarc.example.com' in zone Z1 has 2 owners: "
            "A of stack 'a' in eu-west-1 of account 111122223333; B of stack 'b' in eu-west-1 of account 444455556666"
        )
    ]


def test_fails_on_two_owners_of_an_identity() -> None:
    """An identity exists once per account and region; the same domain may send from another account."""
    stacks = {
        "a": stack("a", A=identity()),
        "b": stack("b", B=identity()),
        "c": stack("c", "444455556666", C=identity()),
    }
    assert messages(assert_one_owner, stacks) == [
        (
            "identity 'example.com' in eu-west-1 of account 111122223333 has 2 owners: "
            "A of stack 'a' in eu-west-1 of account 111122223333; B of stack 'b' in eu-west-1 of account 111122223333"
        )
    ]


def test_record_sets_told_apart_by_an_identifier_have_no_owner_in_common() -> None:
    """A routing policy allows several of one name and type."""
    a, b = (record("x.example.com.", SetIdentifier=name, Weight="1") for name in "ab")
    assert messages(assert_one_owner, {"mail": stack(A=a, B=b)}) == []


def test_zones_that_stacks_make_themselves_are_not_the_same() -> None:
    """A `Ref` means another zone in another stack, and the same one in the same."""
    own = record("x.example.com.", HostedZoneId={"Ref": "Zone"})
    assert messages(assert_one_owner, {"a": stack("a", A=own), "b": stack("b", B=own)}) == []
    assert len(messages(assert_one_owner, {"a": stack("a", A=own, B=own)})) == 1


def test_what_stays_is_not_lost() -> None:
    """Neighbours, values and the order of resources may change."""
    before = {"old path": stack(A=identity(), B=record("x.example.com."))}
    after = {"new path": stack(C=identity("b.example"), B=record("x.example.com.", value='"y"'), A=identity())}
    assert messages(assert_nothing_lost, before, after) == []


def test_fails_on_a_changed_logical_id() -> None:
    """Both ids are named."""
    place = "of stack 'mail' in eu-west-1 of account 111122223333"
    assert [
        (
            f"identity 'example.com' in eu-west-1 of account 111122223333 was A {place} at main, now is B {place}; "
            "CloudFormation makes it a second time: keep logical id and stack"
        )
    ] == messages(assert_nothing_lost, {"m": stack(A=identity())}, {"m": stack(B=identity())}, since="main")


def test_fails_on_what_is_retained_no_longer() -> None:
    """The name is what may be allowed."""
    before, after = {"m": stack(A={**identity(), "DeletionPolicy": "Retain"})}, {"m": stack(A=identity())}
    assert messages(assert_nothing_lost, before, after) == [
        (
            "identity 'example.com' in eu-west-1 of account 111122223333 was retained by A of stack 'mail' in "
            "eu-west-1 of account 111122223333 at before, now is not; write `removal_policy: retain`, "
            "or allow it with --mailproof-allow=example.com"
        )
    ]
    assert messages(assert_nothing_lost, before, after, allowed=["example.com"]) == []


def test_fails_on_a_record_that_leaves_its_group() -> None:
    """The group keeps its logical id, so the record is what counts."""
    before = {"m": stack(G=group(record("x.example.com."), record("y.example.com.")))}
    after = {"m": stack(G=group(record("y.example.com.")))}
    assert messages(assert_nothing_lost, before, after) == [
        (
            "TXT record 'x.example.com' in zone Z1 was G of stack 'mail' in eu-west-1 of account 111122223333 "
            "at before, now is gone; put it back, or allow it with --mailproof-allow=x.example.com"
        )
    ]


def test_what_is_allowed_may_go() -> None:
    """A name is allowed with everything below it, on a label boundary."""
    before = {
        "m": stack(
            IdentityA=identity(),
            Joe=identity("Joe@example.com"),
            R=record("x.example.com."),
            N=record("notexample.com."),
            G=record(joined(TOKEN, "."), "CNAME"),
        )
    }
    problems = messages(assert_nothing_lost, before, {}, allowed=["Example.com."])
    assert [problem.startswith("TXT record 'notexample.com'") for problem in problems] == [True]


def test_dkim_records_of_another_stack_are_named() -> None:
    """A record in another account reads its name from an output of the stack that holds the identity."""
    output = {"StackName": "mail", "Region": "eu-west-1", "OutputName": "O"}
    mail = stack(IdentityA=identity())
    mail.template["Outputs"] = {"O": {"Value": TOKEN}}
    name = joined({"Fn::GetStackOutput": output}, ".")
    stacks = {"mail": mail, "dns": stack("dns", "999988887777", R=record(name, "CNAME", "host"))}
    problem = "host has no dot at its end, got 'host'; end it in one"
    assert [f"prod/dns: R: {DKIM}: host {problem.removeprefix('host ')}"] == messages(assert_names_qualified, stacks)
