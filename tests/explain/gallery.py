"""The pages made of the corpus: `python -m tests.explain.gallery` writes them anew."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from mailproof.dmarc.sources import known_as_ours
from mailproof.explain.explanation import Explanation
from mailproof.explain.pages import markdown_of
from mailproof.explain.run import Judging, explain
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import Server
from mailproof.model.resolve import EnvironmentReader
from tests.check.world_dns import WorldDns, serve
from tests.explain.case import ENVIRONMENT, Case, Judge
from tests.explain.corpus import BROKEN, corpus
from tests.explain.differences import DIFFERENCES, difference_of
from tests.explain.zones import FAULTS, ZONES

DOCS = Path(__file__).parents[2] / "docs"
PAGE, JUDGED_PAGE = DOCS / "explained-messages.md", DOCS / "judged-messages.md"
JUDGES = {
    Judge.MAILAUTH: "[mailauth](https://github.com/postalsys/mailauth) (npm), in every run of the tests",
    Judge.HARAKA: "[haraka-plugin-dkim](https://github.com/haraka/haraka-plugin-dkim) (npm), likewise",
    Judge.SPFTRACE: "[spftrace](https://github.com/smck83/spftrace) (PyPI), likewise",
    Judge.MAIL_DKIM: "Mail::DKIM (CPAN; Debian 12), by `bench/explain.py`",
    Judge.MAIL_SPF: "Mail::SPF (CPAN; Debian 12), likewise",
    Judge.MAIL_DMARC: "Mail::DMARC (CPAN; Debian 12), likewise; it is told our verdicts on DKIM and SPF",
}
JUDGED_HEAD = """\
# Judged messages

The verdicts of [`mailproof explain`](explain.md) are compared with those of implementations that share no code with
it, on a corpus of {count} messages: each mechanism right, and broken in each way. What is compared: how many signatures
pass, SPF and DMARC in the words of RFC 8601. Where somebody concludes something else, the RFC says who is right, or
that receivers are free; `explain` then says what is safe to count on.

| who | judges | agrees |
|---|---|--:|
"""
HEAD = """\
# Explained messages

What `mailproof explain` says of messages that are right, and of such that are broken in every way that its tests make.
Find the one that looks like yours; [Why a message went to spam](explain.md) says how to read them. Each claims to be
from SES in eu-west-1, and of the domain `example.com` of an environment file.
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
    "key: exact, identity below",
    "ed25519: right",
    "changed: author, kept for replies",
    "changed: author and subject",
    "changed: author, to that of a list",
    "changed: header added",
    "changed: header added, and footer",
    "changed: subject taken out",
    "author: twice, above",
    "dns: no answer for the key",
)


def build_page() -> str:
    """Explain the messages that are shown."""
    cases = {case.name: case for case in corpus()}
    with serve(WorldDns({name: f"$TTL 60\n{text}" for name, text in ZONES.items()}, FAULTS)) as address:
        found = asyncio.run(_explain([cases[name] for name in SHOWN], address))
    return "\n".join([HEAD, *_sections(found)])


def build_judged_page() -> str:
    """Count how far others agree, and say why not; the tests hold that it is so."""
    cases = list(corpus())
    lines = [JUDGED_HEAD.format(count=len(cases)).rstrip("\n")]
    for judge, who in JUDGES.items():
        agrees = sum(difference_of(case, judge) is None for case in cases)
        what = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}
        judges = next((label for word, label in what.items() if word in judge.lower()), "DKIM, SPF, DMARC")
        lines.append(f"| {who} | {judges} | {agrees} of {len(cases)} |")
    lines += ["", "## Differences", "", "| who | messages | what it does | source |", "|---|--:|---|---|"]
    for each in DIFFERENCES:
        count = sum(each.is_of(case, each.judge) for case in cases)
        lines.append(f"| {each.judge} | {count} | {each.why} | {each.source} |")
    return "\n".join(lines) + "\n"


async def _explain(cases: list[Case], address: str) -> list[tuple[Case, Explanation]]:
    host, _, port = address.rpartition(":")
    environment = EnvironmentReader("environments/prod.yaml", ENVIRONMENT).environment
    assert environment
    judging = Judging([environment], known_as_ours([environment]))
    resolver = Resolver([Server(host, int(port))], Budget(timeout_s=2.0, pause_s=0.01))
    try:
        return [(case, await explain(case.message, resolver, judging)) for case in cases]
    finally:
        resolver.close()


def _sections(found: list[tuple[Case, Explanation]]) -> Iterator[str]:
    for case, message in found:
        group, _, name = case.name.partition(": ")
        title = name if group in {"dkim", "broken", "spf", "policy"} else case.name
        yield from (f"## {title}", "", *markdown_of(message), "")


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8")
    JUDGED_PAGE.write_text(build_judged_page(), encoding="utf-8")
