"""From the text of a file to an environment: zones found, places kept, everything wrong said at once."""

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mailproof.model.dmarc import DmarcStage, build_dmarc
from mailproof.model.errors import Problem
from mailproof.model.records import domain_wide_records
from mailproof.model.resolve import EnvironmentReader
from tests.model.reading import GOOD, HEAD, PROD, environment, problems, read

ZONES = """\
account: "111122223333"
regions: [us-east-1, eu-west-1]
zones:
  example.com: {id: Z1}
  news.example.com: {id: Z2}
  example.org: {id: Z3, account: "999988887777"}
  partner.example: external
"""
MANY_ADDRESSES = ", ".join(f"a{number}@{'b' * 60}.test" for number in range(60))
PAGE = "the documentation page 'The environment file' shows one"


def domain_problems(domains: str, head: str = ZONES) -> list[str]:
    """Return what is wrong with some domains."""
    return problems(f"{head}domains:\n{domains}")


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        pytest.param("{name: example.com}", "example.com", id="itself"),
        pytest.param("{name: a.example.com}", "example.com", id="parent"),
        pytest.param("{name: a.news.example.com}", "news.example.com", id="longest"),
        pytest.param("{name: a.news.example.com, zone: Example.COM.}", "example.com", id="named, in any spelling"),
        pytest.param("{name: a.partner.example}", "partner.example", id="external"),
    ],
)
def test_a_domain_lies_in_the_longest_zone_or_the_one_it_names(domain: str, expected: str) -> None:
    """The zone of a domain is the longest that contains it, unless it names another."""
    assert expected == environment(f"  - {domain}\n", ZONES).domains[0].zone.name


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        pytest.param(
            "{name: notexample.com}",
            "domains[0].name: lies in none of the zones, got 'notexample.com'; "
            "list its zone under zones, or as external",
            id="not on a label boundary",
        ),
        pytest.param(
            "{name: example.com, zone: exmaple.com}",
            "domains[0].zone: is not one of the zones, got 'exmaple.com'; did you mean 'example.com'?",
            id="unknown zone near",
        ),
        pytest.param(
            "{name: example.com, zone: b.test}",
            "domains[0].zone: is not one of the zones, got 'b.test'; list it under zones",
            id="unknown zone far",
        ),
        pytest.param(
            "{name: example.com, zone: example.org}",
            "domains[0].zone: does not contain 'example.com', got 'example.org'; choose a zone above it",
            id="another domain's zone",
        ),
        pytest.param(
            "{name: example.com, zone: news.example.com}",
            "domains[0].zone: does not contain 'example.com', got 'news.example.com'; choose a zone above it",
            id="zone below",
        ),
        pytest.param(
            "{name: example.com, regions: [us-east-1, us-gov-west-1]}",
            "domains[0].regions[1]: lies in another AWS partition than 'us-east-1', got 'us-gov-west-1'; "
            "write an environment of its own",
            id="another partition",
        ),
        pytest.param(
            "{name: example.com, mail_from: bounce.example.org.}",
            "domains[0].mail_from: is not strictly below 'example.com', got 'bounce.example.org.'; "
            "choose a name such as 'bounce.example.com'",
            id="MAIL FROM elsewhere",
        ),
        pytest.param(
            "{name: example.com, mail_from: {name: 'b.{Region}'}}",
            "domains[0].mail_from: has a placeholder that is not known, got 'b.{Region}'; '{region}' is the only one",
            id="MAIL FROM placeholder",
        ),
        pytest.param(
            "{name: example.com, mail_from: bounce.news}",
            "domains[0]: needs a record in zone 'example.com' whose name lies in zone 'news.example.com', "
            "got 'bounce.news.example.com'; choose another `mail_from`, or end the delegation of that zone "
            "and take it off the list",
            id="MAIL FROM below a listed zone",
        ),
        pytest.param(
            "{name: example.com, dmarc: {reports: [d@example.com]}}",
            "domains[0].dmarc.policy: is missing; add it",
            id="DMARC without a policy",
        ),
        pytest.param(
            "{name: example.com, dmarc: {policy: none, stage: reject}}",
            "domains[0].dmarc.stage: cannot be combined with `policy`, got 'reject'; keep one of the two",
            id="DMARC policy and stage",
        ),
        pytest.param(
            "{name: example.com, dmarc: {alias: shared.example.org, fo: '1'}}",
            "domains[0].dmarc.fo: cannot be combined with `alias`; leave it out: the record behind the alias says it",
            id="DMARC alias and tag",
        ),
        pytest.param(
            "{name: example.com, dmarc: {alias: _dmarc.Example.com}}",
            "domains[0].dmarc.alias: is the name itself, got '_dmarc.example.com'; name another record",
            id="DMARC alias of itself",
        ),
        pytest.param(
            "{name: example.com, dmarc: {stage: reject, testing: true}}",
            "domains[0].dmarc.testing: cannot be combined with `stage`, got True; "
            "leave it out: a stage that ends in `-test` asks for it",
            id="DMARC stage and testing",
        ),
        pytest.param(
            f"{{name: example.com, dmarc: {{policy: none, reports: [{MANY_ADDRESSES}]}}}}",
            "domains[0].dmarc: makes a record of 4687 characters, and Route 53 accepts at most 4000; "
            "give fewer or shorter addresses",
            id="DMARC record too long",
        ),
    ],
)
def test_fails_on_what_does_not_fit_together(domain: str, expected: str) -> None:
    """What takes more than one value to judge is refused with its place as well."""
    assert [f"environments/prod.yaml:9: {expected}"] == domain_problems(f"  - {domain}\n")


def test_an_alias_of_a_shared_policy() -> None:
    """A CNAME in the place of the record; a host that takes the reports of the shared one agrees for this name too."""
    domains = "  - {name: example.com, dmarc: {policy: reject, reports: [d@example.org]}}\n"
    domains += "  - {name: news.example.com, dmarc: {alias: _dmarc.example.com}}\n"
    records = domain_wide_records(environment(domains, ZONES).domains[1])
    assert [(record.kind.id, str(record.name), record.type, record.values) for record in records] == [
        ("dmarc", "_dmarc.news.example.com", "CNAME", ("_dmarc.example.com",)),
        ("dmarc-reports", "news.example.com._report._dmarc.example.org", "TXT", ("v=DMARC1",)),
    ]


@pytest.mark.parametrize("stage", DmarcStage)
def test_a_stage_is_a_policy_and_whether_it_is_tested(stage: DmarcStage) -> None:
    """The record says both, and tells the stage again."""
    (domain,) = environment(f"  - {{name: example.com, dmarc: {{stage: {stage}}}}}\n", ZONES).domains
    assert domain.dmarc
    assert domain.dmarc.stage is stage
    policy, _, test = stage.partition("-")
    assert build_dmarc(domain.dmarc) == f"v=DMARC1; p={policy}" + ("; t=y" if test else "")


@pytest.mark.parametrize("zone", ["_dmarc.example.com", "_domainkey.example.com", "us-east-1.example.com"])
def test_fails_on_records_below_a_zone_cut(zone: str) -> None:
    """A listed zone that takes over the name of any record of a domain above it is refused, once."""
    head = HEAD + f"  {zone}: {{id: Z9}}\n"
    (problem,) = domain_problems("  - {name: example.com, mail_from: '{region}', dmarc: {policy: none}}\n", head)
    assert problem.startswith(
        "environments/prod.yaml:7: domains[0]: needs a record in zone 'example.com' whose name lies in zone "
        f"'{zone}', got "
    )


def test_a_zone_passed_over_on_purpose_is_no_zone_cut() -> None:
    """`zone` may name a zone above the longest."""
    (domain,) = environment("  - {name: news.example.com, zone: example.com, mail_from: bounce}\n", ZONES).domains
    assert domain.zone.id == "Z1"


def test_fails_on_a_report_host_that_no_record_name_has_room_for() -> None:
    """The name of a record that agrees to take reports is held to the limit of DNS."""
    name = ".".join(["a" * 49] * 4) + ".com"
    host = ".".join(["b" * 30, "test"])
    head = HEAD + f"  {name}: external\n  {host}: external\n"
    found = domain_problems(f"  - {{name: {name}, dmarc: {{policy: none, reports: [a@{host}]}}}}\n", head)
    (problem,) = found
    assert problem.startswith(
        "environments/prod.yaml:8: domains[0].dmarc: needs a record whose name is longer than 253 bytes, got 'aaa"
    )
    assert problem.endswith("; choose an address of a shorter domain")


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        pytest.param(
            "dns_region: us-gov-west-1",
            "dns_region: lies in another AWS partition than 'us-east-1', got 'us-gov-west-1'; choose one of the same",
            id="dns_region",
        ),
        pytest.param(
            "defaults: {mail_from: 'b.{Region}'}",
            "defaults.mail_from: has a placeholder that is not known, got 'b.{Region}'; '{region}' is the only one",
            id="wrong for every domain, said once",
        ),
    ],
)
def test_fails_on_a_top_level_value_that_fits_no_domain(top: str, expected: str) -> None:
    """A default is refused where it stands."""
    assert [f"environments/prod.yaml:5: {expected}"] == problems(
        f"{HEAD}{top}\ndomains:\n  - name: example.com\n  - name: a.example.com\n"
    )


def test_fails_on_a_region_of_another_partition() -> None:
    """The first region decides the partition of the environment."""
    assert problems(GOOD.replace("eu-west-1", "eusc-de-east-1")) == [
        (
            "environments/prod.yaml:2: regions[1]: lies in another AWS partition than 'us-east-1', "
            "got 'eusc-de-east-1'; write an environment of its own"
        )
    ]


def test_fails_on_a_domain_listed_twice_in_any_spelling() -> None:
    """One domain has one entry, with all its regions."""
    assert domain_problems("  - name: example.com\n  - {name: Example.COM., regions: [eu-west-1]}\n") == [
        (
            "environments/prod.yaml:10: domains[1].name: is listed twice, first as domains[0] of "
            "environments/prod.yaml:9, got 'example.com'; keep one, with all its regions"
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", f"environments/prod.yaml: is empty; {PAGE}", id="empty"),
        pytest.param("# x", f"environments/prod.yaml: is empty; {PAGE}", id="comment"),
        pytest.param("---", f"environments/prod.yaml:1: is empty; {PAGE}", id="null"),
        pytest.param("- a", f"environments/prod.yaml:1: is not an environment file, got ['a']; {PAGE}", id="list"),
        pytest.param("hello", f"environments/prod.yaml:1: is not an environment file, got 'hello'; {PAGE}", id="text"),
        pytest.param(
            "a:\n  ]",
            "environments/prod.yaml:2: is not YAML: did not find expected node content",
            id="not YAML",
        ),
        pytest.param(
            GOOD + "---\na: 1",
            "environments/prod.yaml:7: has a second document; write one file per environment",
            id="two documents",
        ),
    ],
)
def test_fails_on_what_is_no_environment_file(text: str, expected: str) -> None:
    """What holds no environment is refused as a whole."""
    assert [expected] == problems(text)


@pytest.mark.parametrize("stem", ["Prod", "1prod", "my_prod", "prod eu", "p" * 32, "ü", "-", "prod-", ".yaml"])
def test_fails_on_a_file_that_names_no_environment(stem: str) -> None:
    """The stem of a file goes into the names of stacks."""
    name = stem.removesuffix(".yaml") or ".yaml"
    path = f"environments/{stem}.yaml"
    shown = name if stem != ".yaml" else ".yaml"
    assert [
        (
            f"{path}: names no environment, got {shown!r}; use up to 31 lower-case letters, digits and hyphens, "
            "a letter first and no hyphen last"
        )
    ] == problems(GOOD, path)


EVERYTHING_WRONG = """\
account: 012345678901
regions: [us-east-1, eu-wset-1]
remove: true
zones:
  example.com: {id: bad}
  Example.com: {id: Z2}
domains:
  - name: example.com
    mail_from: bounce.example.org.
  - name: co.uk
    dkim: {key_length: 1}
  - name: test.example.net
"""


def test_everything_wrong_with_a_file_is_said_in_one_go_and_in_order() -> None:
    """One mistake does not hide another: text, shape and sense are judged together."""
    assert [found.removeprefix("environments/prod.yaml:") for found in problems(EVERYTHING_WRONG)] == [
        (
            "1: account: is a number that YAML readers do not all read alike, got '012345678901'; "
            "put it in quotes: '012345678901'"
        ),
        (
            "2: regions[1]: is not a region with an SES identity type in CloudFormation, got 'eu-wset-1'; "
            "did you mean 'eu-west-1'?"
        ),
        (
            "3: remove: is not a key here; known are account, regions, removal_policy, tags, zones, dns_region, "
            "deployed_as, stacks, record_sets, defaults, rollout, watch, domains, parked"
        ),
        (
            "5: zones[\"example.com\"].id: is not a hosted zone id, got 'bad'; write the id that Route 53 shows, "
            "such as 'Z0123456789EXAMPLE'"
        ),
        "6: zones[\"Example.com\"]: names zone 'example.com' a second time, got 'Example.com'; keep one spelling",
        (
            "9: domains[0].mail_from: is not strictly below 'example.com', got 'bounce.example.org.'; "
            "choose a name such as 'bounce.example.com'"
        ),
        (
            "10: domains[1].name: is a public suffix, not a sending domain, got 'co.uk'; "
            "write the domain that you own below it"
        ),
        "11: domains[1].dkim.key_length: is not known here, got 1; use 1024 or 2048",
        (
            "12: domains[2].name: lies in none of the zones, got 'test.example.net'; "
            "list its zone under zones, or as external"
        ),
    ]


def test_a_file_with_a_wrong_domain_is_judged_without_it() -> None:
    """The rest of a file is still known, so that other files can be compared with it."""
    reader = EnvironmentReader(PROD, f"{GOOD}  - name: co.uk\n")
    assert len(reader.problems) == 1
    assert reader.environment is not None
    assert [domain.name for domain in reader.environment.domains] == ["example.com"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD.replace('"111122223333"', "1"), id="account"),
        pytest.param(GOOD.replace("us-east-1, eu-west-1", "us-esat-1"), id="every region"),
        pytest.param(GOOD + "stacks: 0\n", id="stacks"),
        pytest.param(GOOD + "stacks: 1\nstacks: 2\n", id="key twice"),
        pytest.param(GOOD.replace("id: Z1", "id: Z1, x: 1"), id="key of a zone"),
    ],
)
def test_a_file_whose_common_part_is_wrong_is_compared_with_no_other(text: str) -> None:
    """Nothing is said of owners as long as it is not known what a file means."""
    assert EnvironmentReader(PROD, text).environment is None


def test_a_host_of_another_organisation_agrees_where_its_zone_is_ours() -> None:
    """Report hosts outside the organisation are looked up among all zones; those of others are theirs to set up."""
    (domain,) = environment(
        "  - name: example.com\n    dmarc: {policy: none, reports: "
        "[a@example.com, b@mx.example.org, c@elsewhere.test, d@partner.example]}\n",
        ZONES,
    ).domains
    assert [(h, z.id) for h, z in domain.report_zones] == [("mx.example.org", "Z3"), ("partner.example", None)]


def test_places_are_kept_by_domain() -> None:
    """Each domain knows where it stands."""
    sources = environment("  - name: example.com\n\n  - name: a.example.com\n").sources
    assert [str(source) for source in sources.values()] == [
        "domains[0] of environments/prod.yaml:6",
        "domains[1] of environments/prod.yaml:8",
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD.replace("\n", "\r\n"), id="CRLF"),
        pytest.param("---\n" + GOOD + "...\n", id="document marks"),
        pytest.param("%YAML 1.2\n---\n" + GOOD, id="version 1.2"),
        pytest.param(GOOD.replace("{id: Z1}", "&z {id: Z1}") + "tags: &t {a: b}\n", id="anchors"),
        pytest.param(GOOD.replace("account", '"account"'), id="key in quotes"),
    ],
)
def test_one_file_can_be_written_in_many_ways(text: str) -> None:
    """What YAML takes for the same is the same environment."""
    assert read(GOOD).domains == read(text).domains


words = st.sampled_from(
    [
        *(None, True, 0, 1, 42, "", "none", "external", "example.com", "Example.COM.", "co.uk", "a..b"),
        *("bounce.{region}", "us-east-1", "eu-wset-1", "111122223333", "Z1", "😀", "x" * 300),
        *("a@example.com", "{", "reject", "yes"),
    ]
)
keys = st.sampled_from(
    [
        *("account", "regions", "zones", "domains", "tags", "stacks", "defaults", "record_sets", "x"),
        *("name", "mail_from", "dkim", "key_length", "dmarc", "policy", "reports", "id", "zone"),
        *("example.com", "Example.COM", "a..b", "[key]"),
    ]
)
trees: st.SearchStrategy[Any] = st.recursive(
    words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6), max_leaves=25
)
GOOD_DATA = yaml.safe_load(GOOD)


def assert_judged(text: str) -> None:
    """Read a text; whatever it is, the outcome is an environment or problems that fit on a line each."""
    reader = EnvironmentReader(PROD, text)
    assert reader.problems or reader.environment
    for problem in reader.problems:
        assert isinstance(problem, Problem)
        assert len(str(problem).splitlines()) == 1
        assert str(problem).startswith("environments/prod.yaml:")
        assert ": is refused, got " not in str(problem)  # pydantic found what there are no words for


@given(st.text(max_size=200))
@example("a: \ufffe")
@example("\x00")
def test_any_text_is_judged(text: str) -> None:
    """No text ends in a traceback."""
    assert_judged(text)


@given(trees)
def test_any_data_is_judged(data: Any) -> None:
    """No structure ends in a traceback."""
    assert_judged(yaml.safe_dump(data, allow_unicode=True))


@given(st.dictionaries(keys, trees, min_size=1, max_size=4))
def test_a_good_file_with_anything_put_over_it_is_judged(data: dict[str, Any]) -> None:
    """No value of any key ends in a traceback, the others being right."""
    assert_judged(yaml.safe_dump(GOOD_DATA | data, allow_unicode=True))


@given(st.dictionaries(keys, trees, min_size=1, max_size=4))
def test_a_good_domain_with_anything_put_over_it_is_judged(data: dict[str, Any]) -> None:
    """No value of any key of a domain ends in a traceback, the others being right."""
    domains = [{"name": "example.com"} | data, {"name": "a.example.com"}]
    assert_judged(yaml.safe_dump(GOOD_DATA | {"domains": domains}, allow_unicode=True))


@given(st.integers(0, len(EVERYTHING_WRONG)), st.text(max_size=3))
def test_a_file_cut_off_anywhere_is_judged(length: int, tail: str) -> None:
    """A file that is still being written is judged as far as it goes."""
    assert_judged(GOOD[:length] + tail)
    assert_judged(EVERYTHING_WRONG[:length] + tail)


MAIL_FROM_ELSEWHERE = "is not strictly below 'example.com', got 'x.org.'; choose a name such as 'bounce.example.com'"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param("regions: [eu-wset-1]", "regions[0]", id="regions"),
        pytest.param("dkim: {key_length: 1}", "dkim.key_length", id="dkim"),
        pytest.param("x: 1", "x", id="unknown key"),
        pytest.param("dmarc: {policy: none, reports: [a]}", "dmarc.reports[0]", id="dmarc"),
        pytest.param("zone: a..b", "zone", id="zone"),
    ],
)
def test_a_wrong_key_of_a_domain_hides_no_other(key: str, name: str) -> None:
    """A domain is judged by the rest of its keys, and only judged: it owns nothing."""
    text = f"{HEAD}domains:\n  - {{name: example.com, mail_from: x.org., {key}}}\n  - name: a.example.com\n"
    wrong, mail_from = problems(text)
    assert wrong.startswith(f"environments/prod.yaml:6: domains[0].{name}: ")
    assert mail_from == f"environments/prod.yaml:6: domains[0].mail_from: {MAIL_FROM_ELSEWHERE}"
    environment = EnvironmentReader(PROD, text.replace("mail_from: x.org., ", "")).environment
    assert environment is not None
    assert [domain.name for domain in environment.domains] == ["a.example.com"]


@pytest.mark.parametrize("default", ["mail_from: {name: 1}", "dmarc: {policy: x}, mail_from: none"])
def test_nothing_stands_in_for_a_wrong_default(default: str) -> None:
    """What domains would get instead is not judged: nobody asked for it."""
    head = HEAD + "  us-east-1.example.com: {id: Z9}\n  bounce.us-east-1.example.com: {id: Z8}\n"
    (problem,) = problems(f"{head}defaults: {{{default}}}\ndomains:\n  - name: example.com\n")
    assert problem.startswith("environments/prod.yaml:7: defaults.")


ALL_BUT_ZONES = """\
domains:
  - {name: example.com, mail_from: x.org.}
  - {name: a.example.com, zone: b.example}
  - {name: a.example.com, zone: example.com}
  - {name: example.net}
"""


@pytest.mark.parametrize(
    ("zones", "place"),
    [
        pytest.param("zones: {example.com: {id: Z1}, 'a b': external}", '2: zones["a b"]', id="wrong name"),
        pytest.param("stacks: 1", "1: zones", id="missing"),
        pytest.param("zones: [example.com]", "2: zones", id="no mapping"),
    ],
)
def test_wrong_zones_hide_nothing_else(zones: str, place: str) -> None:
    """MAIL FROM and domains listed twice are judged; a domain in no zone may be in the one that cannot be read."""
    head = 'account: "111122223333"\n'
    found = [
        problem.removeprefix("environments/prod.yaml:")
        for problem in problems(f"{head}{zones}\nregions: [us-east-1]\n{ALL_BUT_ZONES}")
    ]
    assert found[0].startswith(f"{place}: ")
    assert found[1:] == [
        f"5: domains[0].mail_from: {MAIL_FROM_ELSEWHERE}",
        (
            "7: domains[2].name: is listed twice, first as domains[1] of environments/prod.yaml:6, "
            "got 'a.example.com'; keep one, with all its regions"
        ),
    ]


@pytest.mark.parametrize("regions", ["", "regions: []", "regions: [eu-wset-1]", "regions: eu-west-1"])
def test_wrong_regions_hide_nothing_else(regions: str) -> None:
    """Without a region nothing is said of partitions, all the rest is."""
    domains = "  - {name: example.com, mail_from: x.org.}\n  - {name: a.example.com, regions: [us-gov-west-1]}\n"
    head = HEAD.replace("regions: [us-east-1, eu-west-1]", regions)
    (_, problem) = problems(f"{head}domains:\n{domains}")
    assert problem == f"environments/prod.yaml:6: domains[0].mail_from: {MAIL_FROM_ELSEWHERE}"


def test_a_region_of_another_partition_has_its_place_beside_a_wrong_one() -> None:
    """Places are those of the file, whatever is left out before them."""
    found = problems(GOOD.replace("eu-west-1", "eu-wset-1, us-gov-west-1"))
    assert [problem.split(": ")[1] for problem in found] == ["regions[1]", "regions[2]"]


def test_a_domain_in_no_zone_is_judged_by_the_rest_of_its_keys() -> None:
    """Neither a missing zone nor a wrong MAIL FROM name hides a DMARC record that is too long."""
    domain = f"{{name: example.net, mail_from: x.org., dmarc: {{policy: none, reports: [{MANY_ADDRESSES}]}}}}"
    keys = ["domains[0].name", "domains[0].mail_from", "domains[0].dmarc"]
    assert [problem.split(": ")[1] for problem in domain_problems(f"  - {domain}\n")] == keys


def test_a_file_with_a_wrong_region_is_compared_by_the_others() -> None:
    """What its right regions own is known."""
    reader = EnvironmentReader(PROD, GOOD.replace("us-east-1", "us-esat-1"))
    assert reader.environment is not None
    assert [domain.regions for domain in reader.environment.domains] == [("eu-west-1",)]
