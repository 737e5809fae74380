"""The tree walk of RFC 9989 section 4.10, and the organisational domain."""

import asyncio
from collections.abc import Mapping

import pytest

from mailproof.live.answer import Absent, Answer, MxAnswer, NameAnswer, Txt, TxtAnswer, Unanswered
from mailproof.live.dmarc_reader import (
    discover,
    organisational_domain,
    policy_step,
    read_reports,
    walk,
    walk_targets,
)
from mailproof.live.record_facts import DmarcStep

FAILED = Unanswered("SERVFAIL")


class Texts:
    """A lookup of text records alone: a name to its records, or to nobody's answer."""

    def __init__(self, texts: Mapping[str, list[str] | Unanswered]) -> None:
        self.texts = texts
        self.asked: list[str] = []

    async def names(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> NameAnswer:
        """Know nothing."""
        return Unanswered(f"{name} {rdtype} {checking_disabled}")

    async def mx(self, name: str) -> MxAnswer:
        """Know nothing."""
        return Unanswered(name)

    async def txt(self, name: str) -> TxtAnswer:
        """Answer from the texts."""
        self.asked.append(name)
        found = self.texts.get(name)
        if isinstance(found, Unanswered):
            return found
        return Answer(tuple(Txt((text,)) for text in found)) if found else Absent()


def record(tags: str = "p=none") -> list[str]:
    """Return the texts of a name with one DMARC record."""
    return [f"v=DMARC1; {tags}"]


def test_a_walk_takes_one_label_at_a_time() -> None:
    """Section 4.10, step 7, down to the top level."""
    assert walk_targets("a.mail.example.com") == ["a.mail.example.com", "mail.example.com", "example.com", "com"]


@pytest.mark.parametrize(("labels", "second"), [(7, 6), (8, 7), (9, 7), (20, 7)])
def test_a_long_name_is_cut_to_seven_labels(labels: int, second: int) -> None:
    """Section 4.10, step 4: at most eight questions, whatever the name."""
    targets = walk_targets(".".join(["x"] * labels))
    assert [len(target.split(".")) for target in targets] == [labels, *range(second, 0, -1)]
    assert len(targets) <= 8


@pytest.mark.parametrize(
    ("texts", "organisation", "policy"),
    [
        ({}, "a.b.example.com", None),
        ({"a.b.example.com": record()}, "a.b.example.com", "a.b.example.com"),
        ({"b.example.com": record(), "example.com": record()}, "example.com", "example.com"),
        ({"b.example.com": record("psd=n"), "example.com": record()}, "b.example.com", "b.example.com"),
        ({"com": record("psd=y")}, "example.com", "com"),
        ({"com": record("psd=y"), "example.com": record()}, "example.com", "example.com"),
        ({"com": record("psd=y"), "b.example.com": record()}, "example.com", "com"),
        ({"b.example.com": record() * 2, "com": record()}, "com", "com"),
    ],
    ids=["none", "own", "highest", "psd-n", "psd-y", "below-psd", "between", "two-count-as-none"],
)
def test_organisation_and_policy(texts: dict[str, list[str]], organisation: str, policy: str | None) -> None:
    """Sections 4.10.1 and 4.10.2, case by case."""
    lookup = Texts({f"_dmarc.{where}": found for where, found in texts.items()})
    steps = asyncio.run(walk(lookup, "a.b.example.com"))
    found = policy_step(steps)
    assert organisational_domain(steps) == organisation
    assert (found.where if found else None) == policy


def test_psd_y_at_the_start_does_not_move_the_organisation() -> None:
    """Section 4.10.2, rule 2: other than the one where the walk started."""
    steps = asyncio.run(walk(Texts({"_dmarc.example.com": record("psd=y")}), "example.com"))
    assert organisational_domain(steps) == "example.com"


def test_a_walk_ends_where_nobody_answers() -> None:
    """What stands above is not known, and so is the policy."""
    lookup = Texts({"_dmarc.b.example.com": record(), "_dmarc.example.com": FAILED})
    steps = asyncio.run(walk(lookup, "a.b.example.com"))
    assert [step.where for step in steps] == ["a.b.example.com", "b.example.com", "example.com"]
    assert policy_step(steps) is None


@pytest.mark.parametrize(
    ("found", "unanswered", "policy"),
    [
        ("example.co.uk", "co.uk", "example.co.uk"),
        ("b.example.co.uk", "co.uk", None),
        ("b.example.co.uk", "example.co.uk", None),
    ],
    ids=["registry", "registry-two-above", "no-registry"],
)
def test_a_registry_overrules_no_record_directly_below_it(found: str, unanswered: str, policy: str | None) -> None:
    """Its own record, if any, has psd=y: the organisational domain is one label below."""
    lookup = Texts({f"_dmarc.{found}": record(), f"_dmarc.{unanswered}": FAILED})
    in_force = policy_step(asyncio.run(walk(lookup, "a.b.example.co.uk")))
    assert (in_force.where if in_force else None) == policy


def test_a_record_of_its_own_settles_the_matter() -> None:
    """Section 4.10.1: nothing above is asked for."""
    lookup = Texts({"_dmarc.example.com": record(), "_dmarc.com": FAILED})
    asyncio.run(discover(lookup, "example.com", own_only=False))
    assert lookup.asked == ["_dmarc.example.com"]


def test_hosts_that_take_reports_are_asked_until_some_are_silent() -> None:
    """A record may name a hundred that nobody answers for; the first of them are enough to know."""
    hosts = ["kind.test", *(f"silent{number}.test" for number in range(100))]
    agreement = "example.com._report._dmarc."
    silent: dict[str, list[str] | Unanswered] = {f"{agreement}{host}": Unanswered("timeout") for host in hosts[1:]}
    texts = record("p=none; rua=" + ",".join(f"mailto:a@{host}" for host in hosts))
    lookup = Texts(silent | {"_dmarc.example.com": texts, f"{agreement}kind.test": ["v=DMARC1"]})
    step = DmarcStep("example.com", asyncio.run(lookup.txt("_dmarc.example.com")))
    reports = asyncio.run(read_reports(lookup, step))
    assert [report.host for report in reports] == hosts[: len(reports)]
    assert isinstance(reports[0].answer, Answer)
    assert len(reports) < 20
