"""Every message of the corpus: our verdicts, and those of an implementation that shares nothing with ours."""

import asyncio
import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailproof.explain.explanation import Explanation
from mailproof.explain.run import explain
from mailproof.live.resolver import Resolver
from mailproof.live.transport import Server
from tests.check.world_dns import WorldDns, serve
from tests.explain.corpus import ZONES, Case, corpus

CASES = list(corpus())
SCRIPT = Path(__file__).with_name("mailauth.cjs")
LIBRARY = Path(__file__).parents[2] / "node_modules/mailauth"
Verdicts = tuple[list[bool], str, str]
"""Whether each signature passes, SPF, DMARC."""


@pytest.fixture(scope="module")
def dns() -> Iterator[str]:
    """Where the DNS of the corpus listens."""
    with serve(WorldDns({name: f"$TTL 60\n{text}" for name, text in ZONES.items()})) as address:
        yield address


@pytest.fixture(scope="module")
def explained(dns: str) -> dict[str, Explanation]:
    """What we say of every message, by its name."""
    host, _, port = dns.rpartition(":")

    async def work() -> dict[str, Explanation]:
        resolver = Resolver([Server(host, int(port))])
        try:
            return {case.name: await explain(case.message, resolver) for case in CASES}
        finally:
            resolver.close()

    return asyncio.run(work())


@pytest.fixture(scope="module")
def judged(dns: str) -> dict[str, Verdicts]:
    """What mailauth says of every message, by its name; one process of Node for all."""
    lines = []
    for case in CASES:
        peer = {"ip": case.address or "54.240.8.12", "helo": "a8-12.smtp-out.eu-west-1.amazonses.com"}
        message = base64.b64encode(case.message).decode()
        lines.append(json.dumps({"message": message, "sender": case.sender or "", **peer}))
    command = [os.environ.get("JSII_NODE") or "node", str(SCRIPT), str(LIBRARY), dns]
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True, timeout=120
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    verdicts = [
        ([each == "pass" for each in found["dkim"] if each != "none"], found["spf"], found["dmarc"])
        for found in answers
    ]
    return dict(zip([case.name for case in CASES], verdicts, strict=True))


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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_another_implementation_agrees(
    case: Case, explained: dict[str, Explanation], judged: dict[str, Verdicts]
) -> None:
    """On each signature whether it passes, on SPF in its words, on DMARC."""
    ours, theirs = explained[case.name], judged[case.name]
    verdicts = ([each.result == "pass" for each in ours.signatures if each.domain], ours.spf.result, ours.dmarc.result)
    if case.differs:
        assert verdicts != theirs
    else:
        assert verdicts == theirs
