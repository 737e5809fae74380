"""The shape of an environment file: what each key takes and what it refuses, with file, line and key."""

import pytest

from tests.model.reading import GOOD, problems, read

TOP_KEYS = (
    "account, regions, removal_policy, tags, zones, dns_region, deployed_as, stacks, record_sets, defaults, rollout, "
    "watch, domains, parked"
)
NO_VALUE = "has no value; write one, or leave out the key"
NO_ACCOUNT = "is not an AWS account id of 12 digits, got {}; write it in quotes"
NO_ZONE_ID = "is not a hosted zone id, got {}; write the id that Route 53 shows, such as 'Z0123456789EXAMPLE'"
NO_STACK = (
    "is not a stack name, got {}; "
    "use up to 31 lower-case letters, digits and hyphens, a letter first and no hyphen last"
)
NO_TAG_KEY = (
    "is a tag key that AWS refuses, got {}; use 1 to 128 letters, digits, blanks or any of _.:/=+-@, not 'aws:'"
)
NO_TAG_VALUE = "is a tag value that AWS refuses, got {}; use 1 to 256 letters, digits, blanks or any of _.:/=+-@"


def file(top: str = "", domain: str = "", **replaced: str) -> str:
    """Write a good file, with some of its lines replaced and others added."""
    lines = {
        "account": '"111122223333"',
        "regions": "[us-east-1, eu-west-1]",
        "zones": "{example.com: {id: Z1}}",
        "name": "example.com",
    } | replaced
    head = "".join(f"{key}: {lines[key]}\n" for key in ("account", "regions", "zones"))
    return f"{head}{top}\ndomains:\n  - name: {lines['name']}\n    {domain}\n"


def test_a_short_file_is_all_it_takes() -> None:
    """Account, regions, zones and one domain make an environment; the rest has defaults."""
    environment = read(GOOD)
    assert environment.name == "prod"
    assert environment.account == "111122223333"
    assert environment.regions == ("us-east-1", "eu-west-1")
    assert environment.dns_region == "us-east-1"
    assert environment.retain
    assert environment.tags == {}
    assert environment.stacks == 1
    (domain,) = environment.domains
    assert environment.regions == domain.regions
    assert domain.mail_from is not None
    assert domain.mail_from.template == "bounce.{region}.example.com"
    assert domain.mail_from.on_mx_failure == "use_default_value"
    assert domain.signing.key_length is None
    assert domain.dmarc is None
    assert domain.individual_records
    assert domain.stack == ""


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param('"012345678901"', "012345678901", id="zero in front, in quotes"),
        pytest.param("111122223333", "111122223333", id="a number that every reader takes for the same"),
    ],
)
def test_account_is_held_as_text(account: str, expected: str) -> None:
    """An account id stays 12 digits."""
    assert expected == read(file(account=account)).account


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(
            "012345678901",
            "is a number that YAML readers do not all read alike, got '012345678901'; put it in quotes: '012345678901'",
            id="zero in front",
        ),
        pytest.param(
            "1111_2222_3333",
            "is a number in some YAML readers, text in others, got '1111_2222_3333'; put it in quotes",
            id="grouped",
        ),
        pytest.param('"1111-2222-3333"', NO_ACCOUNT.format("'1111-2222-3333'"), id="hyphens"),
        pytest.param("11112222333", NO_ACCOUNT.format("11112222333"), id="11 digits"),
        pytest.param('"1111222233334"', NO_ACCOUNT.format("'1111222233334'"), id="13 digits"),
        pytest.param('"١١١١٢٢٢٢٣٣٣٣"', NO_ACCOUNT.format("'١١١١٢٢٢٢٣٣٣٣'"), id="other digits"),
        pytest.param('"111122223333\\n"', NO_ACCOUNT.format(r"'111122223333\n'"), id="line break behind"),
        pytest.param("true", NO_ACCOUNT.format("True"), id="true"),
        pytest.param("1.1e11", NO_ACCOUNT.format("'1.1e11'"), id="exponent"),
        pytest.param("[111122223333]", NO_ACCOUNT.format("[111122223333]"), id="list"),
        pytest.param("{}", NO_ACCOUNT.format("{}"), id="mapping"),
        pytest.param("", NO_VALUE, id="nothing"),
    ],
)
def test_fails_on_what_is_no_account(account: str, expected: str) -> None:
    """An account is 12 digits, and no other number by accident."""
    assert [f"environments/prod.yaml:1: account: {expected}"] == problems(file(account=account))


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        pytest.param("removal_policy:", f"removal_policy: {NO_VALUE}", id="removal_policy null"),
        pytest.param(
            "removal_policy: retian",
            "removal_policy: is not known here, got 'retian'; did you mean 'retain'?",
            id="removal_policy near",
        ),
        pytest.param(
            "removal_policy: snapshot",
            "removal_policy: is not known here, got 'snapshot'; use 'retain' or 'destroy'",
            id="removal_policy far",
        ),
        pytest.param(
            "removal_policy: true",
            "removal_policy: is not known here, got True; use 'retain' or 'destroy'",
            id="removal_policy true",
        ),
        pytest.param("tags:", f"tags: {NO_VALUE}", id="tags null"),
        pytest.param("tags: mail", "tags: is not a mapping, got 'mail'; write its keys", id="tags text"),
        pytest.param("tags: {a: 42}", "tags.a: is not text, got 42; put it in quotes", id="tags number"),
        pytest.param("tags: {a: true}", "tags.a: is not text, got True; put it in quotes", id="tags true"),
        pytest.param("tags: {a: }", "tags.a: is not text, got None; put it in quotes", id="tags nothing"),
        pytest.param("tags: {'aws:x': a}", f'tags["aws:x"]: {NO_TAG_KEY.format(repr("aws:x"))}', id="tag of AWS"),
        pytest.param("tags: {'AWS:x': a}", f'tags["AWS:x"]: {NO_TAG_KEY.format(repr("AWS:x"))}', id="tag of AWS, case"),
        pytest.param("tags: {'': a}", f'tags[""]: {NO_TAG_KEY.format(repr(""))}', id="tag key empty"),
        pytest.param("tags: {'a b*': a}", f'tags["a b*"]: {NO_TAG_KEY.format(repr("a b*"))}', id="tag key sign"),
        pytest.param(f"tags: {{{'k' * 129}: a}}", None, id="tag key long"),
        pytest.param("tags: {a: 😀}", f"tags.a: {NO_TAG_VALUE.format(repr('😀'))}", id="tag value sign"),
        pytest.param(f"tags: {{a: {'v' * 257}}}", None, id="tag value long"),
        pytest.param("tags: {a: ''}", f"tags.a: {NO_TAG_VALUE.format(repr(''))}", id="tag value empty"),
        pytest.param(
            f"tags: {{{', '.join(f'k{n}: v' for n in range(51))}}}",
            "tags: has over 50 tags, got 51; keep fewer",
            id="tags many",
        ),
        pytest.param("dns_region:", f"dns_region: {NO_VALUE}", id="dns_region null"),
        pytest.param(
            "dns_region: eu-wset-1",
            "dns_region: is not a region with an SES identity type in CloudFormation, got 'eu-wset-1'; "
            "did you mean 'eu-west-1'?",
            id="dns_region near",
        ),
        pytest.param("stacks:", f"stacks: {NO_VALUE}", id="stacks null"),
        pytest.param("stacks: 0", "stacks: is below 1, got 0; write a higher number", id="stacks none"),
        pytest.param("stacks: 100", "stacks: is over 99, got 100; write a lower number", id="stacks many"),
        pytest.param(
            "stacks: '2'", "stacks: is not a whole number, got '2'; write one without quotes", id="stacks quoted"
        ),
        pytest.param("stacks: 1.5", "stacks: is not a whole number, got '1.5'; write one without quotes", id="1.5"),
        pytest.param(
            "stacks: true", "stacks: is not a whole number, got True; write one without quotes", id="stacks true"
        ),
        pytest.param(
            "stacks: .inf", "stacks: is not a whole number, got '.inf'; write one without quotes", id="stacks infinite"
        ),
        pytest.param("record_sets:", f"record_sets: {NO_VALUE}", id="record_sets null"),
        pytest.param(
            "record_sets: single",
            "record_sets: is not known here, got 'single'; use 'grouped' or 'individual'",
            id="record_sets",
        ),
        pytest.param("defaults:", f"defaults: {NO_VALUE}", id="defaults null"),
        pytest.param("defaults: none", "defaults: is not a mapping, got 'none'; write its keys", id="defaults text"),
        pytest.param(
            "defaults: {regions: [us-east-1]}",
            "defaults.regions: is not a key here; known are mail_from, dkim, dmarc, parked_reports",
            id="defaults unknown key",
        ),
        pytest.param("region: us-east-1", "region: is not a key here; did you mean 'regions'?", id="unknown key near"),
        pytest.param("x: 1", f"x: is not a key here; known are {TOP_KEYS}", id="unknown key far"),
        pytest.param("<<: {x: 1}", f'["<<"]: is not a key here; known are {TOP_KEYS}', id="merge key"),
        pytest.param('"a\\nb": 1', f'["a\\nb"]: is not a key here; known are {TOP_KEYS}', id="key on two lines"),
        pytest.param("account: x", "account: appears here again, first in line 1; keep one", id="key twice"),
    ],
)
def test_fails_on_a_wrong_top_level_key(top: str, expected: str | None) -> None:
    """Every key says what it takes."""
    (problem,) = [found for found in problems(file(top)) if "account: is not" not in found]
    if expected is None:
        assert "that AWS refuses, got '" in problem
        assert problem.startswith("environments/prod.yaml:4: tags.")
    else:
        assert f"environments/prod.yaml:4: {expected}" == problem


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        pytest.param("", f"regions: {NO_VALUE}", id="null"),
        pytest.param("us-east-1", "regions: is not a list, got 'us-east-1'; write [item, item]", id="text"),
        pytest.param("[]", "regions: is empty, got []; list at least one", id="empty"),
        pytest.param("[us-east-1, ]", None, id="comma behind"),
        pytest.param("[us-east-1, 1]", "regions[1]: is not text, got 1; put it in quotes", id="number"),
        pytest.param(
            "[us-east-1, us-east-1]", "regions[1]: is in the list already, got 'us-east-1'; keep one", id="twice"
        ),
        pytest.param(
            "[us-east-1, me-south-1]",
            "regions[1]: is not a region with an SES identity type in CloudFormation, got 'me-south-1'; "
            "the documentation page 'Regions' lists the regions that have one",
            id="without the type",
        ),
    ],
)
def test_regions_are_a_list_of_different_regions(regions: str, expected: str | None) -> None:
    """Regions are known, and each is listed once."""
    assert [f"environments/prod.yaml:2: {expected}"] * bool(expected) == problems(file(regions=regions))


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        pytest.param("", [f"zones: {NO_VALUE}"], id="null"),
        pytest.param("[example.com]", ["zones: is not a mapping, got ['example.com']; write its keys"], id="list"),
        pytest.param(
            "{example.com: }",
            ['zones["example.com"]: is not a zone, got None; write {id: Z…} or external'],
            id="no value",
        ),
        pytest.param(
            "{example.com: Z1}",
            ["zones[\"example.com\"]: is not a zone, got 'Z1'; write {id: Z…} or external"],
            id="bare id",
        ),
        pytest.param("{example.com: {}}", ['zones["example.com"].id: is missing; add it'], id="no id"),
        pytest.param("{example.com: {id: }}", [f'zones["example.com"].id: {NO_VALUE}'], id="id null"),
        pytest.param(
            "{example.com: {id: 1}}", ['zones["example.com"].id: is not text, got 1; put it in quotes'], id="id number"
        ),
        pytest.param(
            "{example.com: {id: z1}}", [f'zones["example.com"].id: {NO_ZONE_ID.format(repr("z1"))}'], id="id lower-case"
        ),
        pytest.param(
            "{example.com: {id: /hostedzone/}}",
            [f'zones["example.com"].id: {NO_ZONE_ID.format(repr("/hostedzone/"))}'],
            id="prefix alone",
        ),
        pytest.param(
            "{Example.COM.: {id: Z1, acount: x}}",
            ["zones[\"Example.COM.\"].acount: is not a key here; did you mean 'account'?"],
            id="unknown key, name as written",
        ),
        pytest.param(
            '{example.com: {id: Z1, account: "1"}}',
            [f'zones["example.com"].account: {NO_ACCOUNT.format(repr("1"))}'],
            id="account",
        ),
        pytest.param(
            "{example.com: {id: Z1}, a..b: external, c d: external}",
            [
                "zones[\"a..b\"]: has an empty label, got 'a..b'; remove the extra dot",
                "zones[\"c d\"]: is not a host name, got 'c d'; write the bare name, such as 'example.com'",
            ],
            id="every wrong name",
        ),
        pytest.param(
            "{example.com: {id: Z1}, Example.COM.: external}",
            ["zones[\"Example.COM.\"]: names zone 'example.com' a second time, got 'Example.COM.'; keep one spelling"],
            id="two spellings",
        ),
        pytest.param(
            "{bücher.example: external, xn--bcher-kva.example: external, example.com: external}",
            [
                (
                    "zones[\"xn--bcher-kva.example\"]: names zone 'bücher.example' a second time, "
                    "got 'xn--bcher-kva.example'; keep one spelling"
                )
            ],
            id="U-label and A-label",
        ),
        pytest.param(
            "{example.com: {id: Z1}, example.org: {id: /hostedzone/Z1}}",
            ["zones[\"example.org\"].id: has the id of zone 'example.com', got 'Z1'; give each zone its own"],
            id="one id twice",
        ),
    ],
)
def test_fails_on_a_wrong_zone(zones: str, expected: list[str]) -> None:
    """A zone has a name, in one spelling, and an id of its own or `external`."""
    assert [f"environments/prod.yaml:3: {problem}" for problem in expected] == problems(file(zones=zones))


def test_a_zone_is_held_by_name_without_prefix_and_own_account() -> None:
    """Spelling, `/hostedzone/` and the environment's own account leave no trace."""
    environment = read(
        file(
            zones='{Example.COM.: {id: /hostedzone/Z1, account: "111122223333"}, '
            'example.org: {id: Z2, account: "999988887777"}, partner.example: external}'
        )
    )
    assert list(environment.zones) == ["example.com", "example.org", "partner.example"]
    assert [(zone.id, zone.account) for zone in environment.zones.values()] == [
        ("Z1", None),
        ("Z2", "999988887777"),
        (None, None),
    ]


def test_a_zone_that_is_being_filled_is_deployed_and_served_elsewhere() -> None:
    """It is the same zone, for whatever compares zones; it is neither external nor asked."""
    (pending,) = read(file(zones="{example.com: {id: Z1, delegation: pending}}")).zones.values()
    (delegated,) = read(file(zones="{example.com: {id: Z1}}")).zones.values()
    assert pending == delegated
    assert (pending.is_external, pending.is_served_elsewhere) == (False, True)
    assert (delegated.is_external, delegated.is_served_elsewhere) == (False, False)


OFF = "did you mean 'none'?"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        pytest.param("regions:", f"regions: {NO_VALUE}", id="regions null"),
        pytest.param("regions: []", "regions: is empty, got []; list at least one", id="regions empty"),
        pytest.param(
            "regions: [us-east-1, eu-wset-1]",
            "regions[1]: is not a region with an SES identity type in CloudFormation, got 'eu-wset-1'; "
            "did you mean 'eu-west-1'?",
            id="regions near",
        ),
        pytest.param(
            "regions: [us-east-1, us-east-1]",
            "regions[1]: is in the list already, got 'us-east-1'; keep one",
            id="regions twice",
        ),
        pytest.param("mail_from:", f"mail_from: {NO_VALUE}", id="mail_from null"),
        pytest.param(
            "mail_from: 1",
            "mail_from: is not a mapping, got 1; write its keys, or none to switch it off",
            id="mail_from 1",
        ),
        pytest.param("mail_from: off", f"mail_from: is not known here, got 'off'; {OFF}", id="mail_from off"),
        pytest.param("mail_from: None", f"mail_from: is not known here, got 'None'; {OFF}", id="mail_from None"),
        pytest.param("mail_from: {}", "mail_from.name: is missing; add it", id="mail_from without name"),
        pytest.param(
            "mail_from: {name: b, also: [b.example.com]}",
            "mail_from: has a name twice, got 'b.example.com'; keep it in one of `name` and `also`",
            id="mail_from also the same",
        ),
        pytest.param(
            "mail_from: {name: 'b.{region}', also: [b.us-east-1]}",
            "mail_from: has a name twice, got 'b.us-east-1.example.com'; keep it in one of `name` and `also`",
            id="mail_from also the same in one region",
        ),
        pytest.param(
            "mail_from: {name: b, also: [example.com]}",
            "mail_from: is not strictly below 'example.com', got 'example.com'; choose a name such as "
            "'bounce.example.com'",
            id="mail_from also the domain",
        ),
        pytest.param("mail_from: {name: }", f"mail_from.name: {NO_VALUE}", id="mail_from name null"),
        pytest.param(
            "mail_from: {name: 1}", "mail_from.name: is not text, got 1; put it in quotes", id="mail_from name number"
        ),
        pytest.param(
            "mail_from: {name: b, on_mx_failure: reject}",
            "mail_from.on_mx_failure: is not known here, got 'reject'; did you mean 'reject_message'?",
            id="on_mx_failure",
        ),
        pytest.param("dkim:", f"dkim: {NO_VALUE}", id="dkim null"),
        pytest.param("dkim: 2048", "dkim: is not a mapping, got 2048; write its keys", id="dkim number"),
        pytest.param("dkim: {key_length: }", f"dkim.key_length: {NO_VALUE}", id="key_length null"),
        pytest.param(
            "dkim: {key_length: 4096}",
            "dkim.key_length: is not known here, got 4096; use 1024 or 2048",
            id="key_length unknown",
        ),
        pytest.param(
            "dkim: {key_length: '2048'}",
            "dkim.key_length: is not known here, got '2048'; use 1024 or 2048",
            id="key_length quoted",
        ),
        pytest.param("dmarc:", f"dmarc: {NO_VALUE}", id="dmarc null"),
        pytest.param("dmarc: No", f"dmarc: is not known here, got 'No'; {OFF}", id="dmarc no"),
        pytest.param(
            "dmarc: reject",
            "dmarc: is not a mapping, got 'reject'; write its keys, or none to switch it off",
            id="dmarc text",
        ),
        pytest.param("dmarc: {}", "dmarc.policy: is missing; add it", id="dmarc without policy"),
        pytest.param("dmarc: {policy: }", f"dmarc.policy: {NO_VALUE}", id="policy null"),
        pytest.param(
            "dmarc: {policy: Reject}",
            "dmarc.policy: is not known here, got 'Reject'; did you mean 'reject'?",
            id="policy near",
        ),
        pytest.param(
            "dmarc: {policy: none, pct: 0}",
            "dmarc.pct: is not a key here; receivers ignore it: write `testing: true` in its place, or a weaker policy",
            id="pct",
        ),
        pytest.param(
            "dmarc: {policy: none, adkim: strict}",
            "dmarc.adkim: is not known here, got 'strict'; use 'r' or 's'",
            id="alignment in full",
        ),
        pytest.param(
            "dmarc: {policy: none, fo: '0:1'}",
            "dmarc.fo: asks for reports of both kinds, '0' and '1', got '0:1'; keep one of the two",
            id="failure options that exclude each other",
        ),
        pytest.param(
            "dmarc: {policy: block}",
            "dmarc.policy: is not known here, got 'block'; use 'none', 'quarantine' or 'reject'",
            id="policy far",
        ),
        pytest.param(
            "dmarc: {policy: none, testing: yes}",
            "dmarc.testing: is neither true nor false, got 'yes'; write one of them without quotes",
            id="testing yes",
        ),
        pytest.param(
            "dmarc: {policy: none, reports: a@example.com}",
            "dmarc.reports: is not a list, got 'a@example.com'; write [item, item]",
            id="reports text",
        ),
        pytest.param(
            "dmarc: {policy: none, reports: [a@example.com, 'mailto:b@example.com']}",
            "dmarc.reports[1]: is not an address for reports, got 'mailto:b@example.com'; "
            "write it bare, such as 'dmarc@example.com'",
            id="report address",
        ),
        pytest.param(
            "dmarc: {policy: none, failure_reports: [a@example.com, a@Example.com]}",
            "dmarc.failure_reports[1]: is in the list already, got 'a@Example.com'; keep one",
            id="report address twice",
        ),
        pytest.param("stack:", f"stack: {NO_VALUE}", id="stack null"),
        pytest.param("stack: 1", "stack: is not text, got 1; put it in quotes", id="stack number"),
        pytest.param("stack: Brand", f"stack: {NO_STACK.format(repr('Brand'))}", id="stack upper case"),
        pytest.param("stack: a-", f"stack: {NO_STACK.format(repr('a-'))}", id="stack hyphen behind"),
        pytest.param("stack: ''", f"stack: {NO_STACK.format(repr(''))}", id="stack empty"),
        pytest.param(f"stack: {'a' * 32}", f"stack: {NO_STACK.format(repr('a' * 32))}", id="stack long"),
        pytest.param("zone:", f"zone: {NO_VALUE}", id="zone null"),
        pytest.param("zone: a..b", "zone: has an empty label, got 'a..b'; remove the extra dot", id="zone name"),
        pytest.param("record_sets:", f"record_sets: {NO_VALUE}", id="record_sets null"),
        pytest.param(
            "record_sets: group",
            "record_sets: is not known here, got 'group'; did you mean 'grouped'?",
            id="record_sets near",
        ),
        pytest.param("mailFrom: b", "mailFrom: is not a key here; did you mean 'mail_from'?", id="unknown key near"),
        pytest.param(
            "x: 1",
            "x: is not a key here; known are name, regions, mail_from, dkim, dmarc, identity, addresses, stack, zone, "
            "record_sets, tls_reports, mta_sts, spf, bimi",
            id="unknown key far",
        ),
    ],
)
def test_fails_on_a_wrong_key_of_a_domain(domain: str, expected: str) -> None:
    """Every key of a domain says what it takes, with the domain's place in the list."""
    assert [f"environments/prod.yaml:7: domains[0].{expected}"] == problems(file(domain=domain))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("", NO_VALUE, id="null"),
        pytest.param("1", "is not text, got 1; put it in quotes", id="number"),
        pytest.param("true", "is not text, got True; put it in quotes", id="true"),
        pytest.param("[a]", "is not text, got ['a']; put it in quotes", id="list"),
        pytest.param(
            "1.5", "ends in a number, as IP addresses do, got '1.5'; write the name of a domain", id="decimal"
        ),
        pytest.param(
            "co.uk",
            "is a public suffix, not a sending domain, got 'co.uk'; write the domain that you own below it",
            id="public suffix",
        ),
    ],
)
def test_fails_on_a_wrong_name_of_a_domain(name: str, expected: str) -> None:
    """The name of a domain is a text that names a domain."""
    assert [f"environments/prod.yaml:6: domains[0].name: {expected}"] == problems(file(name=name))


@pytest.mark.parametrize(
    ("domains", "expected"),
    [
        pytest.param("", f"domains: {NO_VALUE}", id="null"),
        pytest.param(" []", "domains: is empty, got []; list at least one", id="empty"),
        pytest.param(" {}", "domains: is not a list, got {}; write [item, item]", id="mapping"),
        pytest.param(" example.com", "domains: is not a list, got 'example.com'; write [item, item]", id="text"),
        pytest.param(" [example.com]", "domains[0]: is not a mapping, got 'example.com'; write its keys", id="name"),
        pytest.param(" [1]", "domains[0]: is not a mapping, got 1; write its keys", id="number"),
        pytest.param(" [{}]", "domains[0].name: is missing; add it", id="no name"),
    ],
)
def test_fails_on_what_is_no_list_of_domains(domains: str, expected: str) -> None:
    """Domains are a list of mappings, at least one."""
    assert [f"environments/prod.yaml:1: {expected}"] == problems(f"domains:{domains}\n" + GOOD.partition("domains:")[0])


@pytest.mark.parametrize("key", ["account", "regions", "zones", "domains"])
def test_fails_on_a_missing_key(key: str) -> None:
    """What has no default has to be there."""
    text = "\n".join(line for line in file().splitlines() if not line.startswith(f"{key}:"))
    text = text.replace("  - name: example.com\n", "") if key == "domains" else text
    assert [f"environments/prod.yaml:1: {key}: is missing; add it"] == problems(text)


def test_none_switches_mail_from_and_dmarc_off() -> None:
    """`none` at a domain goes before what the defaults say."""
    environment = read(
        file(
            "defaults: {mail_from: bounce, dmarc: {policy: reject}, dkim: {key_length: 1024}}",
            "mail_from: none\n    dmarc: none\n    dkim: {}\n  - name: news.example.com",
        )
    )
    first, second = environment.domains
    assert (first.mail_from, first.dmarc, first.signing.key_length) == (None, None, None)
    assert second.mail_from is not None
    assert second.dmarc is not None
    assert (
        second.mail_from.template,
        second.dmarc.policy,
        second.signing.key_length,
    ) == ("bounce.news.example.com", "reject", 1024)


def test_every_key_reaches_the_environment() -> None:
    """What is written is what is built."""
    environment = read(
        file(
            "removal_policy: destroy\ntags: {cost-centre: mail}\ndns_region: eu-west-1\nstacks: 3\n"
            "record_sets: individual\ndefaults: {mail_from: {name: b, on_mx_failure: reject_message}}",
            "regions: [eu-west-1]\n    dkim: {key_length: 2048}\n    stack: brand-a\n    zone: Example.COM.\n"
            "    record_sets: grouped\n    dmarc: {policy: quarantine, subdomain_policy: reject, "
            "nonexistent_subdomain_policy: none, reports: [a@example.com], failure_reports: [b@example.com], "
            "testing: true}\n  - name: news.example.com",
        )
    )
    assert not environment.retain
    assert environment.tags == {"cost-centre": "mail"}
    assert (environment.dns_region, environment.stacks) == ("eu-west-1", 3)
    first, second = environment.domains
    assert (
        first.regions,
        first.signing.key_length,
        first.stack,
        first.individual_records,
    ) == (("eu-west-1",), 2048, "brand-a", False)
    assert first.mail_from is not None
    assert (first.mail_from.template, first.mail_from.on_mx_failure) == ("b.example.com", "reject_message")
    assert first.dmarc is not None
    assert (
        first.dmarc.policy,
        first.dmarc.subdomain_policy,
        first.dmarc.nonexistent_subdomain_policy,
        first.dmarc.reports,
        first.dmarc.failure_reports,
        first.dmarc.testing,
    ) == ("quarantine", "reject", "none", ("a@example.com",), ("b@example.com",), True)
    assert second.individual_records


def test_every_item_listed_twice_is_said_beside_what_else_is_wrong() -> None:
    """Each repetition has its own place, in a list with a typing error as well."""
    twice = "is in the list already, got '{}'; keep one"
    found = problems(file(regions="[us-east-1, us-east-1, eu-wset-1, eu-west-1, eu-west-1]"))
    assert [problem.removeprefix("environments/prod.yaml:2: ") for problem in found] == [
        (
            "regions[2]: is not a region with an SES identity type in CloudFormation, got 'eu-wset-1'; "
            "did you mean 'eu-west-1'?"
        ),
        f"regions[1]: {twice.format('us-east-1')}",
        f"regions[4]: {twice.format('eu-west-1')}",
    ]
