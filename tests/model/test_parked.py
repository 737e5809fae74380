"""Parked domains: what a file says of them, which records they have, and where these are."""

import pytest

from mailproof.model.dns_record import route53_values
from mailproof.model.environment import Environment
from mailproof.model.in_use import collect_in_use
from mailproof.model.ownership import check_ownership
from mailproof.model.placement import plan_stacks
from mailproof.model.records import all_records
from mailproof.model.waves import build_waves
from tests.model.reading import problems, read

FILE = """\
account: "111122223333"
regions: [us-east-1, eu-west-1]
zones:
  example.com: {id: Z1}
  old.example: {id: Z2, account: "999988887777"}
defaults:
  parked_reports: [dmarc@example.com]
"""
PARKED = f"{FILE}parked: [Old.Example, {{name: shop.example.com, receives: true, reports: []}}]\n"
POLICY = "p=reject; sp=reject; np=reject"
STRICT = "adkim=s; aspf=s; psd=n"


@pytest.fixture
def environment() -> Environment:
    """A file of parked domains alone."""
    return read(PARKED)


def test_records_say_that_nothing_is_sent(environment: Environment) -> None:
    """Null SPF, DMARC reject with reports that a zone of ours takes, revoked keys, null MX unless mail is taken."""
    found = {
        domain.name: [(str(r.name), r.type.value, route53_values(r)) for r in all_records(domain)]
        for domain in environment.domains
    }
    assert found == {
        "old.example": [
            ("_dmarc.old.example", "TXT", [f'"v=DMARC1; {POLICY}; rua=mailto:dmarc@example.com; {STRICT}"']),
            ("old.example._report._dmarc.example.com", "TXT", ['"v=DMARC1"']),
            ("old.example", "TXT", ['"v=spf1 -all"']),
            ("*._domainkey.old.example", "TXT", ['"v=DKIM1; p="']),
            ("old.example", "MX", ["0 ."]),
        ],
        "shop.example.com": [
            ("_dmarc.shop.example.com", "TXT", [f'"v=DMARC1; {POLICY}; {STRICT}"']),
            ("shop.example.com", "TXT", ['"v=spf1 -all"']),
            ("*._domainkey.shop.example.com", "TXT", ['"v=DKIM1; p="']),
        ],
    }


def test_they_have_records_and_nothing_else(environment: Environment) -> None:
    """Their records are in the DNS stacks, which the first wave deploys; no region has anything of them."""
    assert [plan.id.path for plan in plan_stacks(environment)] == ["prod/dns-999988887777", "prod/dns"]
    assert (list(environment.identities()), environment.all_regions()) == ([], ("us-east-1",))
    [wave] = build_waves(environment)
    assert (wave.regions, wave.stacks) == (("us-east-1",), ("prod/dns-999988887777", "prod/dns"))
    in_use = collect_in_use([environment])
    assert (in_use.identities, ("old.example", "MX") in in_use.records) == (frozenset(), True)


def test_a_record_has_one_owner_whatever_its_domain_does(environment: Environment) -> None:
    """What a parked domain claims is not another's."""
    other = read(f"{FILE}domains:\n- {{name: old.example, dmarc: {{policy: none}}}}\n", "environments/other.yaml")
    _, problem = check_ownership([environment, other])
    assert "the TXT record '_dmarc.old.example'" in str(problem)


def test_no_other_file_sends_from_it(environment: Environment) -> None:
    """Receivers refuse mail of a domain that says that it sends and takes none, whoever holds its identity."""
    for held in ("", ", identity: elsewhere"):
        other = read(f"{FILE}domains:\n- {{name: old.example{held}}}\n", "environments/other.yaml")
        (problem,) = check_ownership([other, environment])
        assert "is parked as parked[0] of environments/prod.yaml:8, got 'old.example'; it sends, or it" in str(problem)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "domains: is missing; add it"),
        ("parked: []", "parked: is empty, got []; list at least one"),
        ("parked: [com]", "parked[0].name: is a public suffix, not a sending domain, got 'com'; write the domain"),
        ("parked: [{receives: true}]", "parked[0].name: is missing; add it"),
        ("parked: [a.example]", "parked[0].name: lies in none of the zones, got 'a.example'"),
        ("parked: [old.example, Old.example]", "parked[1].name: is listed twice, first as parked[0]"),
        ("domains: [name: old.example]\nparked: [old.example]", "parked[0].name: is listed twice, first as domains[0]"),
    ],
)
def test_wrong_ones_are_refused(text: str, expected: str) -> None:
    """With the place in the file, and what to write."""
    (found,) = problems(f"{FILE}{text}\n")
    assert expected in found
