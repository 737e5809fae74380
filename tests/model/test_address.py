"""Addresses with identities of their own: what a file says of them, and what is made of it."""

import pytest

from mailproof.model.in_use import collect_in_use
from mailproof.model.ownership import check_ownership
from mailproof.model.placement import plan_stacks
from tests.model.reading import HEAD, environment, problems

DOMAIN = """\
- name: example.com
  mail_from: bounce
  addresses: [Bob, {address: 'a+b@Example.COM', regions: [us-east-1]}]
"""


def test_each_has_an_identity_per_region_with_the_mail_from_of_its_domain() -> None:
    """As it is typed; how it is signed is left to the domain."""
    found = environment(DOMAIN)
    mail_from = {"MailFromDomain": "bounce.example.com", "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    made = {
        (plan.id.region, resource["Properties"]["EmailIdentity"]): resource["Properties"]
        for plan in plan_stacks(found)
        for item in plan.items
        if item.key[0] == "Address"
        for resource in item.resources(pytest.fail).values()
    }
    assert made == {
        (region, name): {"EmailIdentity": name, "MailFromAttributes": mail_from}
        for region, name in (
            ("us-east-1", "Bob@example.com"),
            ("us-east-1", "a+b@example.com"),
            ("eu-west-1", "Bob@example.com"),
        )
    }


def test_names_that_differ_in_case_alone_are_two() -> None:
    """To SES, and so to logical ids."""
    found = environment("- {name: example.com, addresses: [Bob, bob]}\n")
    ids = [name for plan in plan_stacks(found) for item in plan.items for name in item.resources(lambda _: ())]
    assert sum(name.startswith("Address") for name in ids) == 4
    assert len({name for name in ids if name.startswith("Address")}) == 2
    assert ("111122223333", "us-east-1", "Bob@example.com") in collect_in_use([found]).identities


def test_an_address_has_one_owner() -> None:
    """Of an account and region."""
    first, second = (environment(DOMAIN, path=f"environments/{name}.yaml") for name in ("a", "b"))
    said = "\n".join(map(str, check_ownership([first, second])))
    assert "the identity 'Bob@example.com' in us-east-1 already belongs to" in said


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ("['']", "addresses[0]: is not an address"),
        ("['a b']", "addresses[0]: is not an address"),
        ("[a@b@example.com]", "addresses[0]: is not an address"),
        ("[a@news.example.com]", "addresses[0]: is not at 'example.com', got 'a@news.example.com'"),
        ("[a, a@example.com]", "addresses[1]: is in the list already"),
        ("[{address: a, regions: [us-west-2]}]", "addresses[0].regions: is not a region of the domain"),
        ("[a], identity: elsewhere", "addresses: cannot be combined with `identity`"),
    ],
)
def test_wrong_ones_are_refused(addresses: str, expected: str) -> None:
    """With the place in the file."""
    (found,) = problems(f"{HEAD}domains:\n- {{name: example.com, addresses: {addresses}}}\n")
    assert expected in found
