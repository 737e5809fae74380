"""What other accounts hold: identities, the records of a shared MAIL FROM name; and MAIL FROM names by label."""

import re
from pathlib import Path

import pytest

from mailproof.environments import load_environments
from mailproof.model.in_use import collect_in_use
from mailproof.model.ownership import check_ownership
from mailproof.model.placement import plan_stacks
from mailproof.model.records import all_records
from mailproof.model.waves import build_rollout
from tests.model.reading import HEAD, environment, problems, read

GIVEN = """\
- name: example.com
  mail_from: {name: '{region}', labels: {us-east-1: us, eu-west-1: mail.EU}}
  identity:
    dkim:
      us-east-1: {tokens: [A1, a2]}
      eu-west-1: {tokens: [b1], host: dkim.eu-west-1.amazonses.com}
"""
FOREIGN_ZONE = HEAD.replace("{id: Z1}", '{id: Z1, account: "999988887777"}')


@pytest.mark.parametrize("head", [HEAD, FOREIGN_ZONE], ids=["own-zone", "zone-of-another-account"])
def test_the_records_of_an_identity_elsewhere_are_made_and_it_is_not(head: str) -> None:
    """By the tokens of the file, in each region's stack."""
    made = {
        plan.id.region: sorted(
            resource["Properties"]["Name"]
            for item in plan.items
            for resource in item.resources(pytest.fail).values()  # no stack has the tokens
            if resource["Properties"].get("Type") != "TXT"
        )
        for plan in plan_stacks(environment(GIVEN, head=head))
    }
    assert made == {
        "us-east-1": ["a1._domainkey.example.com.", "a2._domainkey.example.com.", "us.example.com."],
        "eu-west-1": ["b1._domainkey.example.com.", "mail.eu.example.com."],
    }


def test_only_the_regions_that_have_records_have_a_stack() -> None:
    """The holder may publish those of the others."""
    dkim = "identity: {dkim: {eu-west-1: {tokens: [b1]}}}"
    found = environment(f"- {{name: example.com, mail_from: none, {dkim}}}\n")
    assert [plan.id.path for plan in plan_stacks(found)] == ["prod/ses-eu-west-1"]


def test_an_identity_elsewhere_is_in_no_list_of_ours() -> None:
    """Nothing asks SES for it; its records are in use and its regions are rolled out."""
    found = environment(GIVEN)
    assert (list(found.identities()), found.all_regions()) == ([], ("us-east-1", "eu-west-1"))
    in_use = collect_in_use([found])
    assert (in_use.identities, ("a1._domainkey.example.com", "CNAME") in in_use.records) == (frozenset(), True)


def test_one_of_two_accounts_owns_the_records_of_a_shared_name() -> None:
    """The other says so, and has an identity of its own with the same MAIL FROM name."""
    first = environment("- {name: example.com, mail_from: bounce}\n")
    text = f"{HEAD.replace('111122223333', '222233334444')}domains:\n- name: example.com\n  mail_from: {{name: bounce"
    second = read(f"{text}, records: elsewhere}}\n", "environments/second.yaml")
    (domain,) = second.domains
    assert check_ownership([first, second]) == []
    assert len(check_ownership([first, read(f"{text}}}\n", "environments/second.yaml")])) == 2
    assert (all_records(domain), domain.mail_from and domain.mail_from.name("us-east-1")) == ([], "bounce.example.com")
    assert [plan.identities for plan in plan_stacks(second)] == [["example.com"]] * 2


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("mail_from: {name: bounce, labels: {us-east-1: us}}", "mail_from.labels: says nothing"),
        (
            "mail_from: {name: '{region}', labels: {us-east-1: a, eu-west-1: a}}",
            "gives eu-west-1 the name of us-east-1",
        ),
        ("mail_from: {name: '{region}', labels: {us-east-1: a_b}}", "labels.us-east-1: is not part of a host name"),
        ("mail_from: {name: '{region}', labels: {us-east-1: a..b}}", "mail_from.labels: has an empty label"),
        ("mail_from: {name: bounce, records: other}", "mail_from.records: is not known here"),
        ("identity: other", "identity: is not known here, got 'other'; write elsewhere"),
        ("identity: {dkim: {us-west-2: {tokens: [a]}}}", "identity.dkim.us-west-2: is not a region of the domain"),
        ("identity: {dkim: {us-east-1: {tokens: [a.b]}}}", "tokens[0]: is not a token, got 'a.b'"),
        ("identity: {dkim: {us-east-1: {tokens: []}}}", "tokens: is empty"),
        ("identity: elsewhere, dkim: {key_length: 1024}", "dkim: cannot be combined with `identity`"),
    ],
)
def test_wrong_ones_are_refused(domain: str, expected: str) -> None:
    """With the place in the file, and what to write."""
    (found,) = problems(f"{HEAD}domains:\n- {{name: example.com, {domain}}}\n")
    assert expected in found


def test_one_domain_partly_ours_is_two_files(tmp_path: Path) -> None:
    """As the page has them: each its region, no identity but ours, one DMARC record, no record twice."""
    page = (Path(__file__).parents[2] / "docs/other-accounts.md").read_text(encoding="utf-8")
    files = re.findall(r"```yaml\n# environments/(.*?)\n(.*?)```", page, re.DOTALL)
    for name, text in files:
        (tmp_path / name).write_text(text, encoding="utf-8")
    ours, vendor = load_environments(tmp_path)
    assert [(domain.name, region) for domain, region in ours.identities()] == [("example.com", "us-east-1")]
    assert list(vendor.identities()) == []
    assert [wave.environment for wave in build_rollout([ours, vendor])] == ["prod", "prod-vendor"]
    names = [str(record.name) for found in (ours, vendor) for d in found.domains for record in all_records(d)]
    assert sorted(names) == [
        "_dmarc.example.com",
        "asg7eounpxbsecryr2nkld3yxaxwnncg._domainkey.example.com",
        *["bounce.eu-west-1.example.com"] * 2,
        *["bounce.us-east-1.example.com"] * 2,
    ]
