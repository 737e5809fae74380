"""Every message of the corpus: our verdicts, and those of implementations that share nothing with ours."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from mailproof.explain.explanation import Explanation
from mailproof.explain.run import explain
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import Server
from tests.check.world_dns import WorldDns, serve
from tests.explain.case import Case, Judge
from tests.explain.corpus import corpus
from tests.explain.differences import difference_of
from tests.explain.judges import IN_SUITE, judge_all, our_verdict
from tests.explain.zones import FAULTS, ZONES

CASES = list(corpus())


@pytest.fixture(scope="module")
def dns() -> Iterator[str]:
    """Where the DNS of the corpus listens."""
    with serve(WorldDns({name: f"$TTL 60\n{text}" for name, text in ZONES.items()}, FAULTS)) as address:
        yield address


@pytest.fixture(scope="module")
def explained(dns: str) -> dict[str, Explanation]:
    """What we say of every message, by its name."""
    host, _, port = dns.rpartition(":")

    async def work() -> dict[str, Explanation]:
        resolver = Resolver([Server(host, int(port))], Budget(timeout_s=2.0, pause_s=0.01))
        try:
            return {case.name: await explain(case.message, resolver) for case in CASES}
        finally:
            resolver.close()

    return asyncio.run(work())


@pytest.fixture(scope="module")
def judged(dns: str) -> dict[Judge, dict[str, Any]]:
    """What others say of every message, by its name."""
    names = [case.name for case in CASES]
    return {judge: dict(zip(names, found, strict=True)) for judge, found in judge_all(CASES, dns).items()}


def test_the_corpus_is_large_and_no_two_are_one() -> None:
    """A hundred at least."""
    assert len({case.name for case in CASES}) == len(CASES) >= 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_verdict_is_right(case: Case, explained: dict[str, Explanation]) -> None:
    """DMARC as it was made to be, and its cause first."""
    found = explained[case.name]
    assert found.dmarc.result == case.dmarc, found.dmarc
    decisive = [cause.id for cause in found.causes]
    if case.cause:
        assert decisive
        assert decisive[0] == case.cause


@pytest.mark.parametrize("judge", IN_SUITE)
def test_others_agree(judge: Judge, explained: dict[str, Explanation], judged: dict[Judge, dict[str, Any]]) -> None:
    """On each signature whether it passes, on SPF and DMARC in their words; or it is known why not."""
    verdicts = {case.name: (our_verdict(explained[case.name], judge), judged[judge][case.name]) for case in CASES}
    differ = {name: pair for name, pair in verdicts.items() if pair[0] != pair[1]}
    known = {case.name for case in CASES if difference_of(case, judge)}
    assert {name: pair for name, pair in differ.items() if name not in known} == {}
    assert known - differ.keys() == set()
