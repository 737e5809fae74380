"""Owners: one identity an account, region and domain; one record set a name and type, one account a zone."""

import pytest

from mailproof.model.ownership import check_delegations, check_ownership, check_partitions, check_zones
from tests.model.reading import HEAD, environment, read

OWNER = "give it one owner: another name, or leave it out of one of the two"
STAGING = HEAD.replace("111122223333", "444455556666")
EXTERNAL = HEAD.replace("{id: Z1}", "external")


def found(prod: str, staging: str = "", *, prod_head: str = HEAD, staging_head: str = STAGING) -> list[str]:
    """Return what two environments, each a list of domains, own twice."""
    environments = [environment(prod, prod_head)]
    if staging:
        environments.append(environment(staging, staging_head, "environments/staging.yaml"))
    return [str(problem).removeprefix("environments/") for problem in check_ownership(environments)]


@pytest.mark.parametrize(
    ("prod", "staging"),
    [
        pytest.param("  - name: example.com\n  - name: a.example.com\n", "", id="two domains"),
        pytest.param(
            "  - {name: example.com, mail_from: bounce, dmarc: {policy: none}}\n", "", id="shared by its own regions"
        ),
        pytest.param("  - name: example.com\n", "  - name: example.com\n    mail_from: none\n", id="another account"),
        pytest.param(
            "  - name: example.com\n",
            "  - {name: example.com, mail_from: 'staging.{region}'}\n",
            id="another MAIL FROM",
        ),
        pytest.param("  - name: example.com\n", "  - name: notexample.example.com\n", id="subdomain elsewhere"),
    ],
)
def test_what_meets_nowhere_is_no_problem(prod: str, staging: str) -> None:
    """Different accounts, names and zones do not meet."""
    assert found(prod, staging) == []


def test_fails_on_one_identity_in_two_environments() -> None:
    """One account, region and domain is one identity, in whatever files."""
    assert [
        f"staging.yaml:6: domains[0]: the identity 'example.com' in {region} already belongs to domains[0] of "
        f"environments/prod.yaml:6, got 'example.com'; {OWNER}"
        for region in ("us-east-1", "eu-west-1")
    ] == found(
        "  - {name: example.com, mail_from: none}\n",
        "  - {name: example.com, mail_from: none}\n",
        staging_head=HEAD,
    )


def test_one_account_may_have_a_domain_in_two_environments_in_different_regions() -> None:
    """Identities of other regions are other identities."""
    assert (
        found(
            "  - {name: example.com, regions: [us-east-1]}\n",
            "  - {name: example.com, regions: [eu-west-1]}\n",
            staging_head=HEAD,
        )
        == []
    )


def test_fails_on_dmarc_of_one_domain_in_two_environments() -> None:
    """Route 53 is global: a DMARC record of one zone has one owner among all files."""
    domain = "  - {name: example.com, mail_from: none, dmarc: {policy: none}}\n"
    assert [
        (
            "staging.yaml:6: domains[0]: the TXT record '_dmarc.example.com' in zone 'example.com' already belongs to "
            f"domains[0] of environments/prod.yaml:6, got 'example.com'; {OWNER}"
        )
    ] == found(domain, domain)


def test_fails_on_dmarc_of_one_external_domain_in_two_environments() -> None:
    """A zone of another provider is one zone as well, although it has no id."""
    domain = "  - {name: example.com, mail_from: none, dmarc: {policy: none}}\n"
    head = EXTERNAL.replace("111122223333", "444455556666")
    assert [
        (
            "staging.yaml:6: domains[0]: the TXT record '_dmarc.example.com' in zone 'example.com' already belongs to "
            f"domains[0] of environments/prod.yaml:6, got 'example.com'; {OWNER}"
        )
    ] == found(domain, domain, prod_head=EXTERNAL, staging_head=head)


def test_fails_on_a_mail_from_name_that_two_domains_share() -> None:
    """A MAIL FROM name serves one domain: its MX and SPF have one owner."""
    domains = "  - {name: example.com, mail_from: bounce.news}\n  - {name: news.example.com, mail_from: bounce}\n"
    assert [
        f"prod.yaml:7: domains[1]: the {kind} record 'bounce.news.example.com' in zone 'example.com' already belongs "
        f"to domains[0] of environments/prod.yaml:6, got 'news.example.com'; {OWNER}"
        for kind in ("MX", "TXT")
    ] == found(domains)


def test_fails_on_a_regional_mail_from_name_in_two_environments() -> None:
    """Two accounts that send from one region with one MAIL FROM name meet in the zone."""
    domain = "  - {name: example.com, regions: [eu-west-1]}\n"
    assert [
        f"staging.yaml:6: domains[0]: the {kind} record 'bounce.eu-west-1.example.com' in zone 'example.com' already "
        f"belongs to domains[0] of environments/prod.yaml:6, got 'example.com'; {OWNER}"
        for kind in ("MX", "TXT")
    ] == found(domain, domain)


@pytest.mark.parametrize(
    ("prod", "staging", "expected"),
    [
        pytest.param(
            "  - {name: example.com, mail_from: news}\n  - {name: news.example.com, mail_from: none}\n",
            "",
            "prod.yaml:6: domains[0]: has a MAIL FROM name that is the sending domain domains[1] of "
            "environments/prod.yaml:7, got 'news.example.com'; choose a name that sends and receives no mail",
            id="one file",
        ),
        pytest.param(
            "  - {name: eu-west-1.example.com, mail_from: none}\n",
            "  - {name: example.com, mail_from: '{region}'}\n",
            "staging.yaml:6: domains[0]: has a MAIL FROM name that is the sending domain domains[0] of "
            "environments/prod.yaml:6, got 'eu-west-1.example.com'; choose a name that sends and receives no mail",
            id="one region, two files",
        ),
    ],
)
def test_fails_on_a_mail_from_name_that_is_a_sending_domain(prod: str, staging: str, expected: str) -> None:
    """MX and SPF of a MAIL FROM name would stand at the apex of a domain that sends."""
    assert [expected] == found(prod, staging)


CHILD = STAGING.replace("example.com", "news.example.com").replace("Z1", "Z2")


@pytest.mark.parametrize(
    ("prod_head", "staging_head"),
    [
        pytest.param(HEAD, CHILD, id="parent and child"),
        pytest.param(EXTERNAL, CHILD.replace("{id: Z2}", "external"), id="external parent and child"),
        pytest.param(HEAD, STAGING.replace("{id: Z1}", "external"), id="hosted and external"),
        pytest.param(HEAD, STAGING.replace("Z1", "Z2"), id="two hosted zones of one name"),
    ],
)
def test_fails_on_one_name_in_zones_of_two_files(prod_head: str, staging_head: str) -> None:
    """A name of DNS has one owner, whichever zone is to hold it: only one of them is asked."""
    assert [
        f"staging.yaml:6: domains[0]: the {kind} record 'b.news.example.com' in zone '{zone}' already belongs to "
        f"domains[0] of environments/prod.yaml:6, got 'news.example.com'; {OWNER}"
        for zone in [staging_head.splitlines()[3].split(":")[0].strip()]
        for kind in ("MX", "TXT")
    ] == found(
        "  - {name: example.com, mail_from: b.news}\n",
        "  - {name: news.example.com, mail_from: b}\n",
        prod_head=prod_head,
        staging_head=staging_head,
    )


def test_fails_on_dmarc_of_a_domain_in_its_own_zone_and_in_that_above() -> None:
    """Two policies of one domain are refused, wherever they would stand."""
    assert [
        (
            "staging.yaml:6: domains[0]: the TXT record '_dmarc.news.example.com' in zone 'news.example.com' already "
            f"belongs to domains[0] of environments/prod.yaml:6, got 'news.example.com'; {OWNER}"
        )
    ] == found(
        "  - {name: news.example.com, mail_from: none, dmarc: {policy: none}}\n",
        "  - {name: news.example.com, mail_from: none, dmarc: {policy: reject}}\n",
        staging_head=CHILD,
    )


def zone_problems(prod: str, staging: str) -> list[str]:
    """Return what two environments, each a list of zones, say differently of a zone."""
    domains = "domains: [{name: example.com, mail_from: none, zone: example.com}]\n"
    environments = [
        read(f'account: "{account}"\nregions: [us-east-1]\nzones:\n{zones}{domains}', f"environments/{name}.yaml")
        for name, account, zones in (("prod", "111122223333", prod), ("staging", "444455556666", staging))
    ]
    return [str(problem).removeprefix("environments/") for problem in check_zones(environments)]


@pytest.mark.parametrize(
    ("prod", "staging"),
    [
        pytest.param("  example.com: {id: Z1}\n", "  example.com: {id: Z1, account: '111122223333'}\n", id="said"),
        pytest.param("  example.com: {id: Z1}\n", "  example.com: {id: Z2}\n", id="two zones"),
        pytest.param("  example.com: external\n", "  example.com: external\n", id="external"),
        pytest.param(
            "  example.com: {id: Z1, account: '999988887777'}\n",
            "  example.com: {id: Z1, account: '999988887777'}\n",
            id="of a third",
        ),
    ],
)
def test_one_zone_may_stand_in_two_files_that_agree(prod: str, staging: str) -> None:
    """An id says the same everywhere."""
    assert zone_problems(prod, staging) == []


@pytest.mark.parametrize(
    ("prod", "staging", "expected"),
    [
        pytest.param(
            "  example.com: {id: Z1}\n",
            "  example.com: {id: Z1}\n",
            'staging.yaml:4: zones["example.com"]: is in account 444455556666 here, in account 111122223333 by '
            "zones[\"example.com\"] of environments/prod.yaml:4, got 'Z1'; "
            "write `account`, that of its owner, wherever it is another's",
            id="each its own",
        ),
        pytest.param(
            "  example.com: {id: Z1, account: '999988887777'}\n",
            "  example.com: {id: Z1, account: '111122223333'}\n",
            'staging.yaml:4: zones["example.com"]: is in account 111122223333 here, in account 999988887777 by '
            "zones[\"example.com\"] of environments/prod.yaml:4, got 'Z1'; "
            "write `account`, that of its owner, wherever it is another's",
            id="two others",
        ),
        pytest.param(
            "  example.com: {id: Z1}\n",
            "  example.com: external\n  Example.net: {id: Z1, account: '111122223333'}\n",
            'staging.yaml:5: zones["Example.net"]: has the id of zones["example.com"] of '
            "environments/prod.yaml:4, got 'Z1'; give each zone its own",
            id="two names",
        ),
    ],
)
def test_fails_on_a_zone_of_which_two_files_say_different_things(prod: str, staging: str, expected: str) -> None:
    """A hosted zone has one name and is in one account."""
    assert [expected] == zone_problems(prod, staging)


@pytest.mark.parametrize(
    ("domain", "zone", "name", "todo"),
    [
        (
            "{name: example.com, mail_from: bounce, dmarc: {policy: none}}",
            "bounce.example.com",
            "bounce.example.com",
            "choose another `mail_from`, or end the delegation of that zone and take it off the list",
        ),
        (
            "{name: example.com, dmarc: {policy: none}}",
            "_dmarc.example.com",
            "_dmarc.example.com",
            "leave out `dmarc` and enter the record there, or end the delegation of that zone and take it off the list",
        ),
        (
            "{name: example.com}",
            "_domainkey.example.com",
            "_domainkey.example.com",
            "end the delegation of that zone and take it off the list",
        ),
        (
            "{name: a.news.example.com, mail_from: none}",
            "news.example.com",
            "_domainkey.a.news.example.com",
            "list 'news.example.com' here, too",
        ),
    ],
)
def test_fails_below_a_zone_that_another_file_lists(domain: str, zone: str, name: str, todo: str) -> None:
    """The record would be written where nobody asks; the way out is one that works."""
    prod = environment(f"  - {domain}\n")
    other = environment(
        "  - name: x.example.org\n", _zones(f"{{example.org: {{id: Z8}}, {zone}: {{id: Z9}}}}"), "s.yaml"
    )
    (problem,) = check_delegations([prod, other])
    assert str(problem).endswith(
        f"needs a record in zone 'example.com' whose name lies in zone {zone!r}, zones[\"{zone}\"] of s.yaml:3, "
        f"got {name!r}; {todo}"
    )


def test_a_zone_that_the_file_passes_over_on_purpose_is_no_problem() -> None:
    """It lists the zone, and names the one above."""
    prod = environment(
        "  - {name: a.news.example.com, mail_from: none, zone: example.com}\n",
        _zones("{example.com: {id: Z1}, news.example.com: {id: Z9}}"),
    )
    other = environment("  - name: news.example.com\n", _zones("{news.example.com: {id: Z9}}"), "s.yaml")
    assert list(check_delegations([prod, other])) == []


@pytest.mark.parametrize(
    ("account", "zones", "place", "todo"),
    [
        ("111122223333", "{example.org: external}", "s.yaml: account", "divide the regions among two accounts"),
        (
            "999988887777",
            "{example.org: {id: Z9, account: '111122223333'}}",
            's.yaml:3: zones["example.org"]',
            "list the zone as external, and enter what `mailproof export` writes",
        ),
    ],
)
def test_fails_on_an_account_in_two_partitions(account: str, zones: str, place: str, todo: str) -> None:
    """No role reaches from GovCloud into a zone of a commercial account: the stack could only fail."""
    head = _zones(zones, account=account, region="us-gov-west-1")
    other = environment("  - name: x.example.org\n", head, "s.yaml")
    (problem,) = check_partitions([environment("  - name: example.com\n"), other])
    assert str(problem) == (
        f"{place}: is an account of partition aws by environments/prod.yaml, and would be one of aws-us-gov here, "
        f"got '111122223333'; {todo}"
    )


def _zones(zones: str, *, account: str = "444455556666", region: str = "us-east-1") -> str:
    return f"account: '{account}'\nregions: [{region}]\nzones: {zones}\n"
