"""What a change to the file leaves alone: a logical id that moves deletes and re-creates a live identity or record."""

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.model.placement import plan_stacks
from mailproof.model.resources import dkim_attributes
from tests.stacks.assembly import Assembly, Resource, read_environment, synthesise
from tests.stacks.published import expected, identities, published_records

FEW = settings(max_examples=6)
REGIONS = ["us-east-1", "eu-west-1", "eu-central-2", "ap-southeast-2"]
ZONES = {
    "example.com": {"id": "Z0COM"},
    "example.org": {"id": "Z0ORG", "account": "999988887777"},
    "example.net": {"id": "Z0NET", "account": "888877776666"},
    "partner.example": "external",
}
# Say who may read outputs: they change with the first and last domain of a zone's account.
READERS = {"AWS::IAM::Role", "AWS::IAM::Policy"}

File = dict[str, Any]
Parts = dict[tuple[str, str], Resource]
"""Stack and logical id to resource."""

names = st.builds("{}{}".format, st.sampled_from(["", "a.", "b.", "a.b.", "c-d."]), st.sampled_from(sorted(ZONES)))
options = st.fixed_dictionaries(
    {},
    optional={
        "regions": st.lists(st.sampled_from(REGIONS), unique=True, min_size=1, max_size=2),
        "mail_from": st.sampled_from(["none", "bounce", "{region}.bounce"]),
        "dmarc": st.sampled_from(["none", {"policy": "reject"}, {"policy": "none", "reports": ["d@example.org"]}]),
        "dkim": st.just({"key_length": 2048}),
        "record_sets": st.just("individual"),
        "stack": st.sampled_from(["brand", "x"]),
    },
)
domains = st.builds(lambda name, more: {"name": name, **more}, names, options)


@st.composite
def files(draw: st.DrawFn, min_size: int = 1) -> File:
    """Draw the content of an environment file."""
    return {
        "account": "111122223333",
        "regions": draw(st.lists(st.sampled_from(REGIONS[:3]), unique=True, min_size=1)),
        "dns_region": "us-east-1",
        "stacks": draw(st.integers(1, 2)),
        "zones": ZONES,
        "domains": draw(st.lists(domains, unique_by=lambda domain: domain["name"], min_size=min_size, max_size=6)),
    }


def _synthesise(file: File) -> Assembly:
    return synthesise(read_environment(yaml.safe_dump(file)))


def _build(file: File) -> Parts:
    """Build every resource of every stack as stacks do, up to the CDK, which adds roles and outputs."""
    environment = read_environment(yaml.safe_dump(file))
    return {
        (plan.id.path, name): resource
        for plan in plan_stacks(environment)
        for item in plan.items
        for name, resource in item.resources(dkim_attributes).items()
    }


def _parts(assembly: Assembly) -> Parts:
    """Return every resource but roles and their policies, by stack and id."""
    return {
        (path, name): resource
        for path, stack in assembly.items()
        for name, resource in stack.resources().items()
        if resource["Type"] not in READERS
    }


@FEW
@given(files(min_size=2), st.randoms(use_true_random=False))
def test_templates_hold_what_is_built_whatever_the_order(file: File, random: Any) -> None:
    """However the domains are sorted, every template is the same to the byte, and its resources are those built."""
    shuffled = file | {"domains": random.sample(file["domains"], len(file["domains"]))}
    assembly = _synthesise(file)
    assert assembly == _synthesise(shuffled)
    built = _build(file)
    assert {key: found["Type"] for key, found in _parts(assembly).items()} == {k: r["Type"] for k, r in built.items()}


@given(files(min_size=2), st.data())
def test_a_domain_comes_or_goes_alone(file: File, data: st.DataObject) -> None:
    """Without one of the domains, whatever is left is as it was; what is gone was that domain's."""
    gone = data.draw(st.sampled_from(file["domains"]))
    rest = file | {"domains": [domain for domain in file["domains"] if domain is not gone]}
    before, after = _build(file), _build(rest)
    assert after.items() <= before.items()
    assert before.keys() - after.keys() <= _build(file | {"domains": [gone]}).keys()


@given(files(), domains)
def test_a_neighbour_s_new_name_moves_nothing(file: File, renamed: File) -> None:
    """A domain that is renamed, or changed in any way, leaves the others alone."""
    first, *others = file["domains"]
    others = [domain for domain in others if domain["name"] not in {renamed["name"], first["name"]}]
    before, after = (_build(file | {"domains": [one, *others]}) for one in (first, renamed))
    own = [_build(file | {"domains": [one]}) for one in (first, renamed)]
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed <= own[0].keys() | own[1].keys()


@given(files())
def test_a_new_region_moves_nothing(file: File) -> None:
    """A region that is added has stacks of its own; those of the others stay as they are."""
    before, after = (_build(file | {"regions": [*file["regions"], *more]}) for more in ([], [REGIONS[3]]))
    assert before.items() <= after.items()
    assert {path.partition(REGIONS[3])[1] for path, _ in after.keys() - before.keys()} <= {REGIONS[3]}


@FEW
@given(files(), st.randoms(use_true_random=False))
def test_the_order_of_regions_moves_only_where_bounces_go(file: File, random: Any) -> None:
    """A new home region changes the MX of shared MAIL FROM names in place; every id and all else stay as they are."""
    shuffled = file | {"regions": random.sample(file["regions"], len(file["regions"]))}
    before, after = _synthesise(file), _synthesise(shuffled)
    assert _parts(before).keys() == _parts(after).keys()
    for path, stack in before.items():
        if not stack.template["Description"].startswith("DNS"):
            assert after[path] == stack
    changed = set(published_records(before)) ^ set(published_records(after))
    assert all(record.type == "MX" and record.name.startswith("bounce.") for record in changed)


@FEW
@given(files())
def test_every_record_has_one_owner_whatever_the_file(file: File) -> None:
    """What is published is what the domains need: nothing more, nothing less, nothing twice."""
    environment = read_environment(yaml.safe_dump(file))
    assembly = synthesise(environment)
    assert expected([environment]) == published_records(assembly)
    pairs = sorted((region, domain.name) for domain, region in environment.identities())
    assert pairs == [(identity.region, identity.domain) for identity in identities(assembly)]
