"""The page of explained messages, made of the corpus: `python -m tests.explain.gallery` writes it anew."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from mailproof.dmarc.sources import known_as_ours
from mailproof.explain.explanation import Explanation
from mailproof.explain.pages import markdown_of
from mailproof.explain.run import Judging, explain
from mailproof.live.resolver import Resolver
from mailproof.live.transport import Server
from mailproof.model.resolve import EnvironmentReader
from tests.check.world_dns import WorldDns, serve
from tests.explain.corpus import BROKEN, ENVIRONMENT, ZONES, Case, corpus

PAGE = Path(__file__).parents[2] / "docs/explained-messages.md"
HEAD = """\
# Explained messages

What `mailproof explain` says of messages that are right, and of such that are broken in every way that its tests make.
Find the one that looks like yours; [It went to spam](explain.md) says how to read them. Each claims to be from SES in
eu-west-1, and of the domain `example.com` of an environment file.
"""
SHOWN = (
    "dkim: right",
    "dkim: beside SES",
    "dkim: right, SPF of SES",
    "dkim: a broken one first",
    "dkim: partly signed",
    *(f"broken: {case.name}" for case in BROKEN),
    "spf: of a service, unsigned",
    "spf: forwarded, signed",
    "policy: strict, below",
    "policy: strict SPF",
    "policy: tested",
    "policy: no policy, aligned",
    "no Received",
)


def build_page() -> str:
    """Explain the messages that are shown."""
    cases = {case.name: case for case in corpus()}
    with serve(WorldDns({name: f"$TTL 60\n{text}" for name, text in ZONES.items()})) as address:
        found = asyncio.run(_explain([cases[name] for name in SHOWN], address))
    return "\n".join([HEAD, *_sections(found)])


async def _explain(cases: list[Case], address: str) -> list[tuple[Case, Explanation]]:
    host, _, port = address.rpartition(":")
    environment = EnvironmentReader("environments/prod.yaml", ENVIRONMENT).environment
    assert environment
    judging = Judging([environment], known_as_ours([environment]))
    resolver = Resolver([Server(host, int(port))])
    try:
        return [(case, await explain(case.message, resolver, judging)) for case in cases]
    finally:
        resolver.close()


def _sections(found: list[tuple[Case, Explanation]]) -> Iterator[str]:
    for case, message in found:
        yield from (f"## {case.name.partition(': ')[2] or case.name}", "", *markdown_of(message), "")


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8")
