"""Names of stacks, put together and taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproof.model.stack_id import NAME, StackId, StackKind

HERE, ACCOUNT = "eu-west-1", "999988887777"
NAMES = st.one_of(
    st.sampled_from(["prod", "prod-dns", "prod-ses", "prod-ses-eu-west-1", "eu-west-1", "dns", "ses", "a-2"]),
    st.from_regex(NAME, fullmatch=True),
)
IDS = st.one_of(
    st.builds(StackId, NAMES, st.just(StackKind.REGION), st.just(HERE), group=NAMES | st.sampled_from(["", "2"])),
    st.builds(
        StackId,
        NAMES,
        st.just(StackKind.DNS),
        st.just(HERE),
        st.sampled_from([None, ACCOUNT]),
        NAMES | st.sampled_from(["", "99"]),
    ),
    st.builds(StackId, NAMES, st.just(StackKind.REGIONAL_DNS), st.just(HERE), st.just(ACCOUNT), NAMES | st.just("")),
)


@pytest.mark.parametrize(
    ("stack", "path", "name"),
    [
        pytest.param(
            StackId("prod", StackKind.REGION, "eu-west-1"),
            "prod/ses-eu-west-1",
            "mailproof-prod-ses-eu-west-1",
            id="region",
        ),
        pytest.param(
            StackId("prod", StackKind.REGION, "eu-west-1", group="brand"),
            "prod/ses-eu-west-1-brand",
            "mailproof-prod-ses-eu-west-1-brand",
            id="group",
        ),
        pytest.param(StackId("prod", StackKind.DNS, HERE), "prod/dns", "mailproof-prod-dns", id="DNS"),
        pytest.param(
            StackId("prod", StackKind.DNS, HERE, "999988887777", "2"),
            "prod/dns-999988887777-2",
            "mailproof-prod-dns-999988887777-2",
            id="DNS of another account",
        ),
        pytest.param(
            StackId("prod", StackKind.REGIONAL_DNS, "eu-west-1", "999988887777"),
            "prod/dns-999988887777-eu-west-1",
            "mailproof-prod-dns-999988887777-eu-west-1",
            id="regional DNS",
        ),
    ],
)
def test_stacks_have_names_that_people_can_read(stack: StackId, path: str, name: str) -> None:
    """Names say what, where and whose, and never a position."""
    assert (path, name) == (stack.path, stack.stack_name)


@given(IDS)
def test_a_name_is_taken_apart_as_it_was_put_together(stack: StackId) -> None:
    """Whatever else could have that name: all of it is among the answers, and each of them has it."""
    found = StackId.parse(stack.stack_name, HERE)
    assert stack in found
    assert {other.stack_name for other in found} == {stack.stack_name}
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("mailproof-prod-ses-eu-west-1", [("prod", "region", "")]),
        ("mailproof-prod-ses-eu-west-1-brand-2", [("prod", "region", "brand-2")]),
        ("mailproof-prod-ses-eu-west-1-2", [("prod", "region", "2")]),
        ("mailproof-prod-ses-eu-west-1-eu-west-1", [("prod", "region", "eu-west-1")]),
        ("mailproof-prod-ses-eu-west-1-dns", [("prod-ses-eu-west-1", "dns", ""), ("prod", "region", "dns")]),
        ("mailproof-prod-dns-eu-west-1", [("prod", "dns", "eu-west-1")]),
        ("mailproof-prod-dns-dns", [("prod-dns", "dns", ""), ("prod", "dns", "dns")]),
        (
            f"mailproof-prod-dns-{ACCOUNT}-eu-west-1",
            [("prod", "regional-dns", ""), ("prod", "dns", "eu-west-1")],
        ),
    ],
)
def test_a_name_has_every_meaning_that_it_can_have(name: str, answers: list[tuple[str, str, str]]) -> None:
    """The longest name of an environment first."""
    assert [(found.environment, found.kind, found.group) for found in StackId.parse(name, HERE)] == answers


@pytest.mark.parametrize(
    "name",
    [
        "CDKToolkit",
        "mailproof",
        "mailproof-pipeline",
        "mailproof-dns",
        "mailproof-prod-ses",
        "mailproof-prod-ses-us-east-1",
        "mailproof-prod--dns",
        "mailproof-prod-dns-",
        "mailproof-prod-dns-999",
        "mailproof-Prod-dns",
        "other-prod-dns",
    ],
)
def test_a_stack_of_others_has_no_meaning(name: str) -> None:
    """Nor has one of identities that is not in the region that its name says."""
    assert StackId.parse(name, HERE) == ()


def test_descriptions_tell_apart_what_names_do_not() -> None:
    """Where one name is that of stacks of two environments, these are described differently."""
    found = StackId.parse("mailproof-prod-ses-eu-west-1-dns", HERE)
    assert [stack.description for stack in found] == [
        "DNS records of the sending domains of prod-ses-eu-west-1",
        "Sending domains of prod in eu-west-1",
    ]


def test_a_renamed_environment_keeps_the_names_of_its_stacks() -> None:
    """Their names and descriptions in CloudFormation are as they were; the command line selects by the new name."""
    before = StackId("prod", StackKind.REGION, "eu-west-1")
    after = StackId("production", StackKind.REGION, "eu-west-1", deployed_as="prod")
    assert (after.stack_name, after.description) == (before.stack_name, before.description)
    assert after.path == "production/ses-eu-west-1"
