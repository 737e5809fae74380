"""Values that nobody should write: each is refused in one line with file, line, key, what was found and what to do."""

import copy
import re
from typing import Any

import pytest
import yaml

from mailproof.model.ownership import check_ownership
from mailproof.model.placement import plan_stacks
from mailproof.model.records import all_records, others_records
from mailproof.model.resolve import EnvironmentReader
from tests.model.reading import HEAD, environment, problems

ODD: list[Any] = [None, 0, True, 1.5, [], [None], {}, {"a": 1}]
TEXTS = [
    "",
    " x ",
    "none",
    "own",
    "a\nb",
    "a\u202eb",
    "é",
    "x" * 300,
    "*",
    "a..b",
    "_dmarc",
    "{region}",
    "a@b",
    "xn--a",
]
PARTS: dict[str, dict[str, Any]] = {
    "mail_from": {"name": "bounce.{region}", "on_mx_failure": "", "labels": {}, "records": "", "also": []},
    "dkim": {"key_length": 0, "key": "", "sign": "", "replica_of": ""},
    "dmarc": {"policy": "none"}
    | dict.fromkeys(["stage", "alias", "reports", "adkim", "aspf", "fo", "psd", "testing", "not_ours"]),
    "identity": {"dkim": {}},
    "mta_sts": {"mode": "testing", "mx": ["mx.example.com"], "max_age_days": 7, "serve": False},
    "spf": {"include": [], "texts": []},
    "bimi": {"logo": "https://example.com/a.svg", "certificate": "", "selector": "", "avatar": ""},
}
NEEDED = {"mail_from": ["name"], "dmarc": ["policy"], "mta_sts": ["mode", "mx"], "bimi": ["logo"]}
ORG = "- {name: a.example.com, dmarc: {alias: _dmarc.b.example.com}}\n- {name: b.example.com, dmarc: {alias: "


def _documents() -> list[dict[str, Any]]:
    """Return files with one value of each kind at each key of a domain, alone and as an item of a list."""
    found = [
        {key: value} for key in (*PARTS, "addresses", "tls_reports", "zone", "regions") for value in (*ODD, *TEXTS)
    ]
    for part, keys in PARTS.items():
        needed = {key: keys[key] for key in NEEDED.get(part, [])}
        found += [
            {part: needed | {key: value}} for key in keys for value in (*ODD, *TEXTS, *([text] for text in TEXTS[4:]))
        ]
    return found


def test_any_value_is_read_or_refused_in_words() -> None:
    """Nothing else comes out; of what is read, records and stacks can be made."""
    head = yaml.safe_load(HEAD)
    for domain in _documents():
        document = copy.deepcopy(head) | {"domains": [{"name": "example.com"} | domain]}
        read = EnvironmentReader("environments/prod.yaml", yaml.dump(document, Dumper=yaml.CSafeDumper))
        if read.environment is not None and not read.problems:
            assert [[*all_records(found), *others_records(found)] for found in read.environment.domains], domain
            assert plan_stacks(read.environment), domain
        else:
            assert read.problems, domain
        for problem in map(str, read.problems):
            assert re.match(r"environments/prod\.yaml:\d+: domains\[0\]\.?.*: .*; .*", problem), (domain, problem)
            assert not re.search(r"[\x00-\x1f\u202e]|pydantic|type=", problem), (domain, problem)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("dmarc: {alias: none}", "dmarc.alias: is not a complete name, got 'none'; write all of it"),
        ("dmarc: {alias: _dmarc}", "dmarc.alias: is not a complete name, got '_dmarc'; write all of it"),
        ("dmarc: {policy: none, not_ours: [0.0.0.0/0]}", "not_ours[0]: is a network of more addresses than anybody"),
        ("dmarc: {policy: none, not_ours: ['::/0']}", "got '::/0'; write at least /16"),
        (
            "spf: {texts: ['v=spf1 -all\\n']}",
            "spf.texts[0]: has a blank at an end, a line break or another invisible character",
        ),
        (
            'spf: {texts: ["v=spf1\\u202e -all"]}',
            "spf.texts[0]: has a blank at an end, a line break or another invisible character",
        ),
        ("identity: {dkim: {us-east-1: {tokens: [_dmarc]}}}", "tokens[0]: is not a token, got '_dmarc'"),
        ("identity: {dkim: {us-east-1: {tokens: [é]}}}", "tokens[0]: is not a token, got 'é'"),
        (
            "identity: {dkim: {us-east-1: {tokens: [a]}, eu-west-1: {tokens: [b, A]}}}",
            "eu-west-1.tokens[1]: is a token of us-east-1, too, got 'a'; keep it there: its record serves both",
        ),
        (
            "mail_from: bounce, dmarc: {policy: none, reports: [r@bounce.example.com]}",
            "dmarc: has reports sent to 'bounce.example.com', which is a MAIL FROM name, whose mail SES takes",
        ),
        ("addresses: [a..b]", "addresses[0]: is not an address, got 'a..b'"),
        ("addresses: [.a@example.com]", "addresses[0]: is not an address"),
        (
            "mail_from: xn--a",
            "not an internationalised label, got 'xn--a'; write its letters",
        ),
    ],
)
def test_what_would_do_nothing_or_harm_is_refused(domain: str, expected: str) -> None:
    """Though it has the right type."""
    text = domain.replace("'v=spf1 -all\\n'", '"v=spf1 -all\\n"')
    (found,) = problems(f"{HEAD}domains:\n- {{name: example.com, {text}}}\n")
    assert expected in found


@pytest.mark.parametrize("name", ["''", '"a\\nb"', "../x", "Prod", "x" * 40])
def test_the_former_name_of_an_environment_is_one(name: str) -> None:
    """It becomes part of the names of its stacks."""
    (found,) = problems(f"{HEAD}deployed_as: {name}\ndomains:\n- name: example.com\n")
    assert "deployed_as: is not a name of an environment, got " in found


def test_aliases_that_go_round_are_refused() -> None:
    """Of each domain in the circle; receivers would follow them for nothing."""
    found = problems(f"{HEAD}domains:\n{ORG}_dmarc.a.example.com}}}}\n")
    assert [problem.partition(": ")[2].partition(", got")[0] for problem in found] == [
        "domains[0].dmarc.alias: leads back to the name itself",
        "domains[1].dmarc.alias: leads back to the name itself",
    ]


def test_an_alias_of_an_alias_has_the_reports_of_the_last() -> None:
    """Hosts agree for every name by which the record is found."""
    text = "_dmarc.example.com}}\n- {name: example.com, dmarc: {policy: none, reports: [r@vendor.example]}}\n"
    hosts = {domain.name: domain.report_hosts for domain in environment(f"{ORG}{text}").domains}
    assert hosts == dict.fromkeys(("a.example.com", "b.example.com", "example.com"), ("vendor.example",))


def test_reports_to_a_parked_domain_are_refused() -> None:
    """It takes no mail, unless it says so; its own reports do not arrive there either."""
    text = f"{HEAD}domains:\n- {{name: example.com, dmarc: {{policy: none, reports: [r@old.example.com]}}}}\nparked:\n"
    why = "has reports sent to 'old.example.com', which is parked and takes no mail, got 'r@old.example.com'"
    found = problems(f"{text}- {{name: old.example.com, reports: [r@old.example.com]}}\n")
    assert [problem.partition(": ")[2].partition("; ")[0] for problem in found] == [
        f"domains[0].dmarc: {why}",
        f"parked[0].reports: {why}",
    ]
    assert problems(f"{text}- {{name: old.example.com, receives: true}}\n") == []


@pytest.mark.parametrize(
    ("more", "types"),
    [("", ["MX", "TXT"]), ("- {name: mta-sts.example.com, mail_from: none, spf: {texts: [x]}}\n", ["TXT"])],
    ids=["of the same domain", "of another"],
)
def test_nothing_is_asked_for_beside_a_cname(more: str, types: list[str]) -> None:
    """Route 53 would refuse the deployment."""
    mail_from = "none" if more else "mta-sts"
    policy = "mta_sts: {mode: testing, mx: [mx.example.com], serve: true}"
    found = environment(f"- {{name: example.com, mail_from: {mail_from}, {policy}}}\n{more}")
    place = f"domains[{int(bool(more))}] of environments/prod.yaml:"
    assert [str(problem).partition(": needs ")[2].partition(place)[0] for problem in check_ownership([found])] == [
        f"a CNAME record, which cannot coexist with the {kind} record of " for kind in types
    ]
