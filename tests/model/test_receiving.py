"""Records of a domain that receives mail, and of its logo."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.model.bimi import AvatarPreference, Bimi, build_bimi
from mailproof.model.mta_sts import MtaSts, MtaStsMode, build_mta_sts
from mailproof.model.placement import plan_stacks
from mailproof.model.resolve import EnvironmentReader
from mailproof.model.tls_reports import build_tls_reports

FILE = """
account: "111122223333"
regions: [eu-west-1]
zones: { example.com: external }
domains:
  - name: example.com
"""
HOSTS = st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True)


def problems(keys: str) -> list[str]:
    """Return what is wrong with a domain that has some keys more."""
    return [str(problem) for problem in EnvironmentReader("prod.yaml", f"{FILE}    {keys}\n").problems]


def tags(text: str) -> dict[str, str]:
    """Read a record of tags."""
    return dict(part.strip().split("=", 1) for part in text.split(";"))


@settings(max_examples=20)
@given(st.lists(st.builds("a{}@{}".format, st.sampled_from(["", "!", "+b"]), HOSTS), min_size=1, unique=True), HOSTS)
def test_reports_on_tls_go_where_the_file_says(addresses: list[str], host: str) -> None:
    """Each target is one part of the value, whatever stands in it."""
    text = build_tls_reports((*addresses, f"https://{host}/r?a=1"))
    targets = tags(text)["rua"].split(",")
    assert text.startswith("v=TLSRPTv1; rua=")
    assert targets[-1] == f"https://{host}/r?a=1"
    assert [target.removeprefix("mailto:").replace("%21", "!") for target in targets[:-1]] == addresses


@settings(max_examples=20)
@given(st.lists(HOSTS, min_size=1), st.sampled_from(MtaStsMode), st.integers(86_400, 31_557_600))
def test_the_id_of_a_policy_changes_with_its_text(mx: list[str], mode: MtaStsMode, max_age_s: int) -> None:
    """The text says all of it, in the form of RFC 8461, and the id is at most 32 letters and digits."""
    policy = MtaSts(mode, tuple(mx), max_age_s)
    lines = [line.split(": ") for line in policy.text.splitlines()]
    assert lines == [["version", "STSv1"], ["mode", mode], *(["mx", host] for host in mx), ["max_age", str(max_age_s)]]
    assert policy.id.isalnum()
    assert len(policy.id) == 32
    assert tags(build_mta_sts(policy)) == {"v": "STSv1", "id": policy.id}
    assert MtaSts(mode, tuple(mx), max_age_s + 1).id != policy.id


SERVED = "mta_sts: { mode: testing, mx: [mx.example.com], serve: true }"


@pytest.mark.parametrize("zone", ["external", "{ id: Z1, delegation: pending }"])
def test_a_policy_is_served_only_where_the_zone_proves_a_certificate(zone: str) -> None:
    """ACM asks the world's DNS, and a deployment would wait for hours."""
    text = FILE.replace("external", zone) + f"    {SERVED}\n"
    (problem,) = map(str, EnvironmentReader("prod.yaml", text).problems)
    assert problem.startswith("prod.yaml:7: domains[0].mta_sts.serve: needs a zone that Route 53 answers for")
    assert "`mailproof mta-sts`" in problem
    assert EnvironmentReader("prod.yaml", text.replace(zone, "{ id: Z1 }")).problems == []


@pytest.mark.parametrize("record_sets", ["individual", "grouped"])
def test_senders_hear_of_a_policy_once_it_is_served(record_sets: str) -> None:
    """The record comes after what answers, and another policy is another deployment of the API."""
    text = FILE.replace("external", "{ id: Z1 }") + f"    record_sets: {record_sets}\n    {SERVED}\n"
    first, second = (_resources(one) for one in (text, text.replace("testing", "enforce")))
    (waiting,) = [found for found in first.values() if "Route53" in found["Type"] and "DependsOn" in found]
    needed = {first[name]["Type"].rpartition("::")[2] for name in waiting["DependsOn"]}
    assert needed == {"BasePathMapping"} | ({"RecordSet"} if record_sets == "individual" else set())
    (replaced,) = first.keys() - second.keys()
    assert first[replaced]["Type"] == "AWS::ApiGateway::Deployment"


def _resources(text: str) -> dict[str, dict[str, Any]]:
    """Return what the DNS stack of a file holds."""
    environment = EnvironmentReader("prod.yaml", text).environment
    assert environment is not None
    items = [item for plan in plan_stacks(environment) for item in plan.items if item.region is None]
    return {name: found for item in items for name, found in item.resources(lambda _: ()).items()}


def test_a_logo_without_a_certificate_says_so() -> None:
    """`a` is there and empty; `avp` only where it was asked for."""
    assert build_bimi(Bimi("https://a.example/l.svg")) == "v=BIMI1; l=https://a.example/l.svg; a="
    full = Bimi("https://a.example/l.svg", "https://a.example/l.pem", "brand", AvatarPreference.PERSONAL)
    assert build_bimi(full) == "v=BIMI1; l=https://a.example/l.svg; a=https://a.example/l.pem; avp=personal"


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("tls_reports: [http://a.example/]", "domains[0].tls_reports[0]: is not an address for reports"),
        ("tls_reports: ['https://a.example/a,b']", "domains[0].tls_reports[0]: is not an https address"),
        ("mta_sts: { mode: off, mx: [mx.a.example] }", "domains[0].mta_sts.mode: is not known here"),
        ("mta_sts: { mode: enforce, mx: [] }", "domains[0].mta_sts.mx: is empty"),
        ("mta_sts: { mode: enforce, mx: ['*.*.a.example'] }", "domains[0].mta_sts.mx[0]: is not a host name"),
        (
            "mta_sts: { mode: none, mx: [a.example], max_age_days: 400 }",
            "domains[0].mta_sts.max_age_days: is over 365",
        ),
        ("bimi: { logo: http://a.example/l.svg }", "domains[0].bimi.logo: is not an https address"),
        ("bimi: { logo: 'https://a.example/l', selector: a_b }", "domains[0].bimi.selector: is not a selector"),
        (f"bimi: {{ logo: 'https://a.example/{'l' * 4000}' }}", "domains[0].bimi: makes a record of 4"),
    ],
)
def test_what_makes_no_record_is_refused(keys: str, what: str) -> None:
    """By file, line and key."""
    (problem,) = problems(keys)
    assert problem.startswith("prod.yaml:7: ")
    assert problem.removeprefix("prod.yaml:7: ").startswith(what)
