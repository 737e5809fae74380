"""Placement: which stack holds what, in what order, within what limits, and what moves it (nothing)."""

from collections import defaultdict
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mailproof.model.dmarc import Dmarc
from mailproof.model.dns_record import DnsRecord
from mailproof.model.domain import MailFrom, SendingDomain, Zone
from mailproof.model.environment import Environment, Source
from mailproof.model.placement import (
    LIMITS,
    STACKS_LIMIT,
    check_capacity,
    check_stack_names,
    plan_stacks,
    stack_group,
)
from mailproof.model.records import expected_records
from mailproof.model.stack_id import StackId
from mailproof.model.stack_item import DKIM_OUTPUTS, IdentityItem, RecordSetsItem, StackItem, Weight
from tests.model.reading import HEAD, environment

OWN = Zone("example.com", "Z1")
OTHER = Zone("example.org", "Z2", "999988887777")
EXTERNAL = Zone("partner.example")
ZONES = [OWN, OTHER, EXTERNAL]
REGIONS = ("us-east-1", "eu-west-1")
DKIM = [(f"{token}._domainkey", f"{token}.dkim.amazonses.com") for token in "abc"]


def build(*domains: SendingDomain, name: str = "prod", stacks: int = 1) -> Environment:
    """Make an environment of some domains."""
    return Environment(
        name=name,
        account="111122223333",
        regions=REGIONS,
        dns_region="us-east-1",
        retain=True,
        tags={},
        zones={zone.name: zone for zone in ZONES},
        stacks=stacks,
        domains=domains,
        path=f"environments/{name}.yaml",
        sources={
            domain.name: Source(f"environments/{name}.yaml", 9 + index, f"domains[{index}]")
            for index, domain in enumerate(domains)
        },
    )


def numbered(number: int, zone: Zone = OWN, **more: object) -> SendingDomain:
    """Make the domain of a number."""
    domain = SendingDomain(f"d{number}.{zone.name}", zone, REGIONS)
    return replace(domain, mail_from=MailFrom(f"bounce.{{region}}.{domain.name}"), **more)  # type: ignore[arg-type]


Held = tuple[tuple[str, ...], str | None, tuple[DnsRecord, ...]]


def whereabouts(environment: Environment) -> dict[str, set[tuple[StackId, Held]]]:
    """Say of every domain which stacks hold what of it."""
    found: dict[str, set[tuple[StackId, Held]]] = defaultdict(set)
    for plan in plan_stacks(environment):
        for item in plan.items:
            assert item.domain
            records = tuple(item.records(DKIM)) if isinstance(item, RecordSetsItem) else ()
            found[item.domain.name].add((plan.id, (item.key, item.region, records)))
    return dict(found)


def table(found: Environment) -> list[tuple[str, str, list[str], list[str]]]:
    """Show stacks: path, region, purposes of the records of each domain, paths of the stacks before it."""
    return [
        (
            plan.id.path,
            plan.id.region,
            [record.kind.logical_id_prefix for held in plan.record_sets for record in held.records(DKIM)],
            [stack.path for stack in plan.after],
        )
        for plan in plan_stacks(found)
    ]


MAIL_FROM = ["MailFromMx", "MailFromSpf"]
KEYS = ["Dkim"] * 3


def test_a_zone_of_the_same_account_needs_one_stack_a_region() -> None:
    """Records stand beside the identity that they are for."""
    assert table(environment("  - name: example.com\n")) == [
        ("prod/ses-us-east-1", "us-east-1", KEYS + MAIL_FROM, []),
        ("prod/ses-eu-west-1", "eu-west-1", KEYS + MAIL_FROM, []),
    ]


def test_what_serves_all_regions_is_deployed_before_the_identities() -> None:
    """A shared MAIL FROM name and DMARC stand in the DNS stack, and every region comes after it."""
    assert [
        ("prod/dns", "us-east-1", [*MAIL_FROM, "Dmarc"], []),
        ("prod/ses-us-east-1", "us-east-1", KEYS, ["prod/dns"]),
        ("prod/ses-eu-west-1", "eu-west-1", KEYS, ["prod/dns"]),
    ] == table(environment("  - {name: example.com, mail_from: bounce, dmarc: {policy: none}}\n"))


def test_a_zone_of_another_account_has_stacks_there() -> None:
    """Records that need tokens come after the identities, by region; the others before them."""
    head = HEAD.replace("{id: Z1}", '{id: Z1, account: "999988887777"}') + "dns_region: eu-west-1\n"
    assert table(environment("  - {name: example.com, dmarc: {policy: none}}\n", head)) == [
        ("prod/dns-999988887777", "eu-west-1", ["Dmarc"], []),
        ("prod/ses-us-east-1", "us-east-1", [], ["prod/dns-999988887777"]),
        ("prod/ses-eu-west-1", "eu-west-1", [], ["prod/dns-999988887777"]),
        ("prod/dns-999988887777-us-east-1", "us-east-1", KEYS + MAIL_FROM, ["prod/ses-us-east-1"]),
        ("prod/dns-999988887777-eu-west-1", "eu-west-1", KEYS + MAIL_FROM, ["prod/ses-eu-west-1"]),
    ]


def test_an_external_zone_has_no_records_to_deploy() -> None:
    """What another provider serves is exported: identities alone are left."""
    head = HEAD.replace("{id: Z1}", "external")
    assert table(environment("  - {name: example.com, mail_from: bounce, dmarc: {policy: none}}\n", head)) == [
        ("prod/ses-us-east-1", "us-east-1", [], []),
        ("prod/ses-eu-west-1", "eu-west-1", [], []),
    ]


def test_report_authorisations_go_to_the_account_of_their_zone() -> None:
    """One domain may have records in DNS stacks of two accounts."""
    head = HEAD + '  example.org: {id: Z2, account: "999988887777"}\n'
    domain = "  - {name: example.com, mail_from: none, dmarc: {policy: none, reports: [a@example.org]}}\n"
    assert table(environment(domain, head)) == [
        ("prod/dns", "us-east-1", ["Dmarc"], []),
        ("prod/dns-999988887777", "us-east-1", ["DmarcReports"], []),
        ("prod/ses-us-east-1", "us-east-1", KEYS, ["prod/dns", "prod/dns-999988887777"]),
        ("prod/ses-eu-west-1", "eu-west-1", KEYS, ["prod/dns", "prod/dns-999988887777"]),
    ]


def test_domains_of_a_stack_share_it_in_each_region() -> None:
    """`stack` sets domains apart."""
    domains = (
        "  - {name: example.com, stack: brand}\n  - name: a.example.com\n  - {name: b.example.com, stack: brand}\n"
    )
    held = {plan.id.id: [domain.name for domain in plan.domains] for plan in plan_stacks(environment(domains))}
    assert held == {
        "ses-us-east-1-brand": ["example.com", "b.example.com"],
        "ses-eu-west-1-brand": ["example.com", "b.example.com"],
        "ses-us-east-1": ["a.example.com"],
        "ses-eu-west-1": ["a.example.com"],
    }


regions = st.lists(st.sampled_from(["us-east-1", "eu-west-1", "ap-south-1"]), min_size=1, unique=True).map(tuple)


@st.composite
def some_domain(draw: st.DrawFn, number: int) -> SendingDomain:
    """Draw a domain with a name of its own."""
    zone = draw(st.sampled_from(ZONES))
    name = f"d{number}.{zone.name}"
    mail_from = draw(st.sampled_from([None, f"bounce.{name}", f"{{region}}.{name}"]))
    return SendingDomain(
        name=name,
        zone=zone,
        regions=draw(regions),
        mail_from=MailFrom(mail_from) if mail_from else None,
        dmarc=draw(st.sampled_from([None, Dmarc()])),
        report_zones=draw(st.sampled_from([(), (("example.org", OTHER),)])),
        individual_records=draw(st.booleans()),
        stack=draw(st.sampled_from(["", "", "brand"])),
    )


numbers = st.lists(st.integers(0, 99), min_size=1, max_size=6, unique=True)
many = numbers.flatmap(lambda drawn: st.tuples(*(some_domain(number) for number in drawn)))
stacks_counts = st.integers(1, 5)


@given(many, stacks_counts, st.randoms())
def test_order_has_no_say(domains: tuple[SendingDomain, ...], stacks: int, random: object) -> None:
    """Reordering a file moves nothing."""
    shuffled = list(domains)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert whereabouts(build(*domains, stacks=stacks)) == whereabouts(build(*shuffled, stacks=stacks))


@given(many, stacks_counts, st.data())
def test_neighbours_have_no_say(domains: tuple[SendingDomain, ...], stacks: int, data: st.DataObject) -> None:
    """Adding, removing and renaming a domain moves no other."""
    kept = domains[:-1]
    added = data.draw(some_domain(100))
    before = whereabouts(build(*domains, stacks=stacks))
    for others in (kept, (added, *domains), (*kept, added)):
        after = whereabouts(build(*others, stacks=stacks))
        assert all(before[domain.name] == after[domain.name] for domain in kept)


@given(many, stacks_counts)
def test_a_further_region_adds_and_moves_nothing(domains: tuple[SendingDomain, ...], stacks: int) -> None:
    """A region added to a domain leaves its other regions and every other domain where they were."""
    first, *others = domains
    grown = replace(first, regions=(*first.regions, "ca-central-1"))
    before = whereabouts(build(*domains, stacks=stacks))
    after = whereabouts(build(grown, *others, stacks=stacks))
    assert all(before[domain.name] == after[domain.name] for domain in others)
    assert before[first.name] <= after[first.name]
    assert {"ca-central-1"} == {held[1] for _, held in after[first.name] - before[first.name]}


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50, unique=True), st.integers(1, STACKS_LIMIT - 1))
def test_a_further_stack_only_takes(chosen: list[int], stacks: int) -> None:
    """From N stacks to N + 1, from one as well, domains move into the new stack and nowhere else."""
    for domain in map(numbered, chosen):
        before, after = stack_group(domain, stacks), stack_group(domain, stacks + 1)
        assert after in {before, str(stacks + 1)}


def test_stacks_share_domains_evenly() -> None:
    """A thousand domains spread over four stacks with some 250 in each."""
    counts: dict[str, int] = defaultdict(int)
    for number in range(1000):
        counts[stack_group(numbered(number), 4)] += 1
    assert {"", "2", "3", "4"} == counts.keys()
    assert 200 < min(counts.values()) <= max(counts.values()) < 300


def test_a_stack_of_its_own_is_never_spread() -> None:
    """`stack` goes before `stacks`."""
    assert stack_group(numbered(1, stack="brand"), 50) == "brand"


@given(many, stacks_counts)
def test_every_identity_and_record_has_one_holder(domains: tuple[SendingDomain, ...], stacks: int) -> None:
    """Nothing is deployed twice, nothing is left out, and records go to the account of their zone."""
    found = build(*domains, stacks=stacks)
    plans = plan_stacks(found)
    held = [item for plan in plans for item in plan.record_sets]
    assert sorted((domain.name, region) for domain, region in found.identities()) == sorted(
        (name, plan.id.region) for plan in plans for name in plan.identities
    )
    records = [(item.domain.name, record) for item in held for record in item.records(DKIM)]
    needed = {(d.name, r) for d, region in found.identities() for r in expected_records(d, region, DKIM)}
    assert len(records) == len(set(records))
    assert {(name, record) for name, record in needed if not record.zone.is_external} == set(records)
    for plan in plan_stacks(found):
        assert len({item.key for item in plan.items}) == len(plan.items)
        for item in plan.record_sets:
            assert {plan.id.zone_account} == {record.zone.account for record in item.records(DKIM)}


@given(many, stacks_counts)
def test_a_stack_comes_after_those_that_it_needs(domains: tuple[SendingDomain, ...], stacks: int) -> None:
    """The list can be deployed from its first stack to its last."""
    done: set[StackId] = set()
    for plan in plan_stacks(build(*domains, stacks=stacks)):
        assert plan.after.keys() <= done
        assert plan.items
        done.add(plan.id)


@pytest.mark.parametrize(
    ("item", "resources", "outputs"),
    [
        pytest.param(IdentityItem(numbered(1), "us-east-1"), 1, 0, id="identity"),
        pytest.param(IdentityItem(numbered(1, OTHER), "us-east-1"), 1, DKIM_OUTPUTS, id="identity that hands over"),
        pytest.param(RecordSetsItem(numbered(1), "us-east-1"), 1, 0, id="group"),
        pytest.param(RecordSetsItem(numbered(1, individual_records=True), "us-east-1"), 5, 0, id="five record sets"),
        pytest.param(RecordSetsItem(numbered(1, OTHER), "us-east-1", "999988887777"), 1, 0, id="handed over"),
        pytest.param(RecordSetsItem(numbered(1, dmarc=Dmarc()), None), 1, 0, id="DMARC"),
    ],
)
def test_an_item_knows_what_it_takes_of_a_stack(item: StackItem, resources: int, outputs: int) -> None:
    """Resources and outputs are counted as CloudFormation counts them, and as many are built."""
    assert (resources, outputs) == item.weigh()[:2]
    assert resources == len(item.resources(lambda _: DKIM))


def test_records_elsewhere_are_in_no_stack() -> None:
    """A zone of another DNS provider leaves the identities alone."""
    found = plan_stacks(build(numbered(1, EXTERNAL, dmarc=Dmarc())))
    assert [(plan.id.path, [item.key[0] for item in plan.items]) for plan in found] == [
        ("prod/ses-us-east-1", ["Identity"]),
        ("prod/ses-eu-west-1", ["Identity"]),
    ]


def growth(stacks: int) -> str:
    """Return what to do, what is safe for what is deployed first."""
    safe = "write 'stack: NAME' for the new domains, and no deployed one moves"
    return f"{safe}; or 'stacks: {stacks}', which moves some: 'mailproof move prod' takes the deployed ones"


GROUPS = "; only if nothing is deployed yet, 'record_sets: grouped'"


def capacity(found: Environment) -> list[str]:
    """Return what does not fit."""
    return [str(problem) for problem in check_capacity(found)]


def test_240_grouped_domains_fit_in_one_stack() -> None:
    """Two resources per domain and region fill a stack with 240 domains."""
    domains = [numbered(number) for number in range(240)]
    assert capacity(build(*domains)) == []
    assert len(plan_stacks(build(*domains))) == 2


def test_fails_on_more_domains_than_a_stack_holds() -> None:
    """The 241st domain is refused with how many stacks to write."""
    assert [
        f"environments/prod.yaml:249: domains[240]: stack 'prod/ses-{region}' with 241 domains needs 482 resources, "
        "at most 480 fit; " + growth(2)
        for region in REGIONS
    ] == capacity(build(*(numbered(number) for number in range(241))))


def test_single_record_sets_are_offered_groups_where_those_fit() -> None:
    """80 domains fit; of more, groups are an answer while nothing is deployed, as long as they help."""
    single = [numbered(number, individual_records=True) for number in range(241)]
    assert capacity(build(*single[:80])) == []
    assert capacity(build(*single[:81]))[0].endswith(f"needs 486 resources, at most 480 fit; {growth(2)}{GROUPS}")
    assert capacity(build(*single))[0].endswith(growth(5))
    assert capacity(build(*(replace(domain, individual_records=False) for domain in single[:81]))) == []


def test_fails_on_more_hand_overs_than_a_stack_has_outputs() -> None:
    """33 domains of zones in another account fill the outputs of a stack."""
    domains = [numbered(number, OTHER) for number in range(34)]
    assert capacity(build(*domains[:33])) == []
    assert [
        f"environments/prod.yaml:42: domains[33]: stack 'prod/ses-{region}' with 34 domains needs 204 outputs, "
        "at most 198 fit; " + growth(2)
        for region in REGIONS
    ] == capacity(build(*domains))


def test_fails_on_an_overfull_stack_of_its_own() -> None:
    """More stacks do not help domains that are to share one."""
    assert [
        f"environments/prod.yaml:89: domains[80]: stack 'prod/ses-{region}-brand' with 81 domains needs "
        "486 resources, at most 480 fit; write another 'stack' than 'brand' for the new domains, and no "
        "deployed one moves"
        for region in REGIONS
    ] == capacity(build(*(numbered(number, individual_records=True, stack="brand") for number in range(81))))


def test_fails_on_more_domains_than_an_environment_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no number of stacks is enough, another environment is."""
    monkeypatch.setattr("mailproof.model.placement.STACKS_LIMIT", 2)
    monkeypatch.setattr("mailproof.model.placement.LIMITS", Weight(4, 198, 1_000_000))
    assert [
        f"environments/prod.yaml:11: domains[2]: stack 'prod/ses-{region}' with 9 domains needs 18 resources, "
        "at most 4 fit; write 'stack: NAME' for the new domains, and no deployed one moves; "
        "only if nothing is deployed yet, divide the domains among several environments"
        for region in REGIONS
    ] == capacity(build(*map(numbered, range(9))))


@given(st.integers(1, 60), stacks_counts, st.sampled_from(ZONES), st.booleans())
def test_every_stack_is_within_its_limits_or_told_how(count: int, stacks: int, zone: Zone, individual: bool) -> None:  # noqa: FBT001
    """What is not refused fits, and the advice of a refusal helps."""
    found = build(*(numbered(n, zone, individual_records=individual) for n in range(count)), stacks=stacks)
    problems = capacity(found)
    if problems:
        advice = problems[0].rpartition("'stacks: ")[2].partition("'")[0]
        found = replace(found, stacks=int(advice))
        assert capacity(found) == []
    for plan in plan_stacks(found):
        weights = zip(*(item.weigh() for item in plan.items), strict=True)
        assert all(sum(weight) <= limit for weight, limit in zip(weights, LIMITS, strict=True))


def test_the_key_that_is_to_change_has_the_problem_where_it_is_written() -> None:
    """Who has written `stacks` finds the problem there."""
    found = replace(build(*map(numbered, range(1000)), stacks=2), stacks_line=4)
    assert {"environments/prod.yaml:4: stacks"} == {problem.partition(": stack '")[0] for problem in capacity(found)}


TAGS = {f"key-{number}": "v" * 100 for number in range(10)}


def long_named(number: int) -> SendingDomain:
    """Make a domain with a name of 180 characters."""
    domain = SendingDomain(f"d{number:03}.{'.'.join(['a' * 40] * 4)}.{OWN.name}", OWN, REGIONS)
    return replace(domain, mail_from=MailFrom(f"bounce.{{region}}.{domain.name}"))


def test_fails_on_a_template_that_is_too_large() -> None:
    """Long names and tags fill a template before resources do."""
    found = replace(build(*map(long_named, range(240))), tags=TAGS)
    assert [
        f"environments/prod.yaml:234: domains[225]: stack 'prod/ses-{region}' with 240 domains needs "
        "1065120 bytes, at most 1000000 fit; " + growth(2)
        for region in REGIONS
    ] == capacity(found)
    assert capacity(replace(found, stacks=2)) == []


def test_fails_on_dmarc_records_that_are_too_large_together() -> None:
    """What serves all regions is in a template as well."""
    dmarc = Dmarc(reports=tuple(f"reports-{number}@example.com" for number in range(130)))
    (problem,) = capacity(build(*(numbered(number, dmarc=dmarc) for number in range(240))))
    assert problem.startswith("environments/prod.yaml:")
    assert problem.endswith("bytes, at most 1000000 fit; " + growth(2))


def test_the_number_of_stacks_for_two_thousand_domains_is_found_at_once() -> None:
    """What a domain takes is computed once, whatever the number of stacks that is tried."""
    found = build(*map(numbered, range(2_000)))
    with patch.object(IdentityItem, "weigh", autospec=True, side_effect=IdentityItem.weigh) as weigh:
        (first, _) = capacity(found)
    assert weigh.call_count == 4_000
    assert first.endswith(f"; {growth(9)}")


def test_a_thousand_domains_are_refused_with_a_number_that_fits() -> None:
    """The number of stacks to write is found, not guessed."""
    (first, _) = capacity(build(*map(numbered, range(1000))))
    assert first.endswith("needs 2000 resources, at most 480 fit; " + growth(5))
    assert capacity(build(*map(numbered, range(1000)), stacks=5)) == []


def test_fails_on_a_stack_named_like_that_of_a_region() -> None:
    """A group called as a region would give two stacks of an environment one id."""
    domains = [numbered(1, OTHER, dmarc=Dmarc(), stack="eu-west-1"), numbered(2, OTHER)]
    assert [str(problem) for problem in check_stack_names([build(*domains)])] == [
        (
            "environments/prod.yaml:10: domains[1]: stack 'prod/dns-999988887777-eu-west-1' would have the name of "
            "stack 'prod/dns-999988887777-eu-west-1', got 'mailproof-prod-dns-999988887777-eu-west-1'; "
            "choose another value for 'stack', or another name for the environment"
        )
    ]


def test_fails_on_two_environments_whose_stacks_have_one_name() -> None:
    """Hyphens in names of environments and groups can meet: in one account and region that is one stack."""
    prod = build(numbered(1, dmarc=Dmarc(), stack="dns"))
    prod_dns = build(numbered(2, dmarc=Dmarc()), name="prod-dns")
    assert [str(problem) for problem in check_stack_names([prod, prod_dns])] == [
        (
            "environments/prod-dns.yaml:9: domains[0]: stack 'prod-dns/dns' would have the name of "
            "stack 'prod/dns-dns', got 'mailproof-prod-dns-dns'; "
            "choose another value for 'stack', or another name for the environment"
        )
    ]
    assert check_stack_names([prod, replace(prod_dns, account="444455556666")]) == []


def test_fails_on_a_renamed_environment_beside_the_one_of_its_old_name() -> None:
    """Both would deploy the same stacks."""
    both = [build(numbered(1)), replace(build(numbered(2), name="production"), deployed_as="prod")]
    (first, *_) = check_stack_names(both)
    assert str(first).endswith("got 'mailproof-prod-ses-us-east-1'; take out 'deployed_as', or the other file")


@given(many, stacks_counts)
def test_stacks_of_one_environment_have_names_of_their_own(domains: tuple[SendingDomain, ...], stacks: int) -> None:
    """Ids differ below one Stage, and so do names in CloudFormation."""
    assume(domains)
    plans = plan_stacks(build(*domains, stacks=stacks))
    assert len(plans) == len({plan.id.path for plan in plans}) == len({plan.id.stack_name for plan in plans})
    assert check_stack_names([build(*domains, stacks=stacks)]) == []
