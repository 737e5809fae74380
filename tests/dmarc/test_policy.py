"""The policy in force for a name, as receivers of either kind find it, and what a person is told of it."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailproof.check.dmarc_policy import CheckedPolicy, read_checked_policy
from mailproof.cli import app
from mailproof.live.asking import asking
from mailproof.live.resolver import Budget
from mailproof.live.transport import parse_server
from tests.check.world_dns import WorldDns, serve

HEAD = "$TTL 300\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\n"
TOP = "v=DMARC1; p=reject; sp=quarantine; np=none; t=y; fo=1; rua=mailto:d@example.com,mailto:x@v.example"
FILE = """\
account: "111122223333"
regions: [us-east-1]
zones: {example.com: {id: Z1}}
domains:
- {name: example.com, dmarc: {stage: reject, reports: [d@example.com]}}
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A DNS with every kind of policy."""
    zones = {
        "com": HEAD,
        "example.com": HEAD + f'_dmarc TXT "{TOP}"\n'
        '_dmarc.own TXT "v=DMARC1; p=quarantine; pct=20; sp=none"\n'
        '_dmarc.two TXT "v=DMARC1; p=none"\n_dmarc.two TXT "v=DMARC1; p=reject"\n'
        "_dmarc.alias CNAME _dmarc.own\n"
        '_dmarc.cut TXT "v=DMARC1; p=none; psd=n"\n'
        '_dmarc.bad TXT "v=DMARC1; p=monitor"\n'
        '_dmarc.odd TXT "v=dmarc1; p=none"\n'
        "_dmarc.dangling CNAME gone.w.example.\n",
        "v.example": HEAD + '*._report._dmarc TXT "v=DMARC1"\n',
        "github.io": HEAD
        + '_dmarc TXT "v=DMARC1; p=reject"\n_dmarc.shop TXT "v=DMARC1; p=none; rua=mailto:d@w.example"\n',
        "w.example": HEAD,
    }
    with serve(WorldDns(zones, {"_dmarc.silent.example.com TXT": "SERVFAIL"})) as found:
        yield found


def run(folder: Path, address: str, *arguments: str) -> tuple[int, str]:
    """Run the command with a file of one domain."""
    (folder / "prod.yaml").write_text(FILE)
    options = ("--environments", str(folder), "--resolver", address)
    result = CliRunner().invoke(app, ["dmarc", "policy", *arguments, *options])
    return result.exit_code, result.stdout


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The walk finds what the list finds; the list knows neither `t` nor `np`.
        ("example.com", (("quarantine", "reject"), ("none", "quarantine"), ("none", "quarantine"))),
        ("a.example.com", (("none", "quarantine"), ("none", "quarantine"), ("none", "quarantine"))),
        # `sp` of a subdomain is read by nobody; `pct` by the list alone.
        ("own.example.com", (("quarantine", "quarantine for 20 %"), ("none", "quarantine"), ("none", "quarantine"))),
        ("alias.example.com", (("quarantine", "quarantine for 20 %"), ("none", "quarantine"), ("none", "quarantine"))),
        # Two records are none; the list stops there, the walk goes on.
        ("two.example.com", (("none", None), ("none", "quarantine"), ("none", "quarantine"))),
        ("cut.example.com", (("none", "none"), ("none", "quarantine"), ("none", "quarantine"))),
        ("bad.example.com", ((None, None), ("none", "quarantine"), ("none", "quarantine"))),
        # A private suffix ends the list's organisation, and not the walk's.
        ("a.shop.github.io", (("reject", "none"), ("reject", "none"), ("reject", "none"))),
        ("nothing.com", ((None, None), (None, None), (None, None))),
    ],
)
def test_what_receivers_find(
    name: str, expected: tuple[tuple[str | None, str | None], ...], address: str, tmp_path: Path
) -> None:
    """Of both kinds, for the name and below it."""
    code, text = run(tmp_path, address, name, "--format", "json")
    (found,) = json.loads(text)["names"]
    assert (code == 1) is (expected[0][0] is None)
    for key, (tree, by_list) in zip(("itself", "existing_below", "missing_below"), expected, strict=True):
        by_kind = [found[key]["tree_walk"], found[key]["public_suffix_list"]]
        shown = [one["enforced"] and one["enforced"] + _share(one["percent"]) for one in by_kind]
        assert shown == [tree, by_list], key
        assert found[key]["differs"] is (tree != by_list)


def test_a_check_finds_the_same(address: str, tmp_path: Path) -> None:
    """Of every name, whether its policy is its own, inherited, none or not known; and where it stands."""
    labels = ("own", "two", "alias", "bad", "silent", "a.b.own")
    names = [*(f"{label}.example.com" for label in labels), "example.com", "a.shop.github.io"]

    async def ask() -> list[CheckedPolicy]:
        with asking(parse_server(address), Budget()) as (lookup, _):
            return [await read_checked_policy(lookup, "prod", name) for name in names]

    checked = asyncio.run(ask())
    found = json.loads(run(tmp_path, address, *names, "--format", "json")[1])["names"]
    parts = ("tree_walk", "public_suffix_list", "differs")
    assert [{part: asdict(one)[part] for part in parts} for one in checked] == [one["itself"] for one in found]
    places = [(one.tree_walk.own, one.tree_walk.name, one.differs) for one in checked]
    assert places[:2] == [(True, "_dmarc.own.example.com", True), (False, "_dmarc.example.com", True)]
    assert checked[4].tree_walk.unanswered == checked[4].public_suffix_list.unanswered
    assert "SERVFAIL" in checked[4].tree_walk.unanswered


def _share(percent: int) -> str:
    return "" if percent == 100 else f" for {percent} %"


def test_the_table(address: str, tmp_path: Path) -> None:
    """It names the record and its tag, what differs, what a deployment drops, and who has agreed to take reports."""
    code, text = run(tmp_path, address)
    assert code == 0
    assert text.splitlines() == [
        "example.com (prod)",
        f"  _dmarc.example.com: {TOP}",
        "  itself                         quarantine (reject, tested), by p of _dmarc.example.com",
        "                                 but reject, by p of _dmarc.example.com for receivers of RFC 7489",
        "  existing names below           none (quarantine, tested), by sp of _dmarc.example.com",
        "                                 but quarantine, by sp of _dmarc.example.com for receivers of RFC 7489",
        "  names below that do not exist  none, by np of _dmarc.example.com",
        "                                 but quarantine, by sp of _dmarc.example.com for receivers of RFC 7489",
        "  a deployment would take out: sp=quarantine; np=none; t=y; fo=1; rua=mailto:x@v.example",
        "  reports to v.example: agreed",
    ]


def test_what_stands_there_and_counts_for_nothing_is_shown(address: str, tmp_path: Path) -> None:
    """It is not said that there is no record."""
    for name, words in (
        ("two", "_dmarc.two.example.com has 2 DMARC records, and receivers then use none"),
        ("odd", "_dmarc.odd.example.com has 'v=dmarc1; p=none', which is not a DMARC record"),
        ("dangling", "_dmarc.dangling.example.com is an alias of gone.w.example, where there is no record"),
    ):
        assert f"  {words}" in run(tmp_path, address, f"{name}.example.com")[1].splitlines()
        (found,) = json.loads(run(tmp_path, address, f"{name}.example.com", "--format", "json")[1])["names"]
        assert found["passed_over"] == [words]


def test_a_host_that_has_not_agreed(address: str, tmp_path: Path) -> None:
    """The record that it is to publish is named whole."""
    code, text = run(tmp_path, address, "shop.github.io")
    assert code == 0
    assert 'to be published there: shop.github.io._report._dmarc.w.example. 1800 IN TXT "v=DMARC1"' in text


def test_the_records_for_others_as_a_zone_file(address: str, tmp_path: Path) -> None:
    """Of every host outside, with whether it has them."""
    code, text = run(tmp_path, address, "example.com", "shop.github.io", "--format", "zone")
    assert (code, text.splitlines()) == (
        0,
        [
            "; for v.example",
            'example.com._report._dmarc.v.example. 1800 IN TXT "v=DMARC1" ; agreed',
            "; for w.example",
            'shop.github.io._report._dmarc.w.example. 1800 IN TXT "v=DMARC1" ; missing',
        ],
    )


def test_could_not_ask_is_not_none(address: str, tmp_path: Path) -> None:
    """Exit code 3, with the name that nobody answered for."""
    code, text = run(tmp_path, address, "silent.example.com")
    assert code == 3
    assert "not known: _dmarc.silent.example.com: SERVFAIL" in text


def test_a_name_that_is_none(address: str, tmp_path: Path) -> None:
    """Usage."""
    assert run(tmp_path, address, "a..b")[0] == 2
