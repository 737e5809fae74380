"""DNS before a deployment: mail that a MAIL FROM name receives already, and SPF of the domains themselves."""

import asyncio
from collections.abc import Sequence

from mailproof.check.judging import Findings
from mailproof.check.preflight.subjects import ApexSpf, MailFromInUse
from mailproof.check.rules.mail_from import FEEDBACK_HOST
from mailproof.check.subjects import UnansweredName
from mailproof.live.answer import Answer, Mx, Unanswered
from mailproof.live.record_reader import find_wildcard
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import spf_records
from mailproof.model.domain import SendingDomain
from mailproof.model.regions import feedback_host


class DnsView:
    """
    A look at names that the deploy will use.

    Args:
        lookup: Answers.
        findings: Takes what the rules of preflight find.
        shared: Takes names without an answer.
    """

    def __init__(self, lookup: Lookup, findings: Findings, shared: Findings) -> None:
        self._lookup = lookup
        self._findings = findings
        self._shared = shared

    async def look(self, domains: Sequence[SendingDomain]) -> None:
        """Look at every domain."""
        await asyncio.gather(*map(self._look_at_domain, domains))

    async def _look_at_domain(self, domain: SendingDomain) -> None:
        apex = await self._lookup.txt(domain.name)
        if isinstance(apex, Unanswered):
            self._shared.report_unanswered(
                UnansweredName(domain.name, None, domain.name, "TXT", apex), domain.zone.name
            )
        else:
            texts = tuple(record.text for record in spf_records(apex))
            self._findings.judge_first(ApexSpf(domain.name, domain.name, texts))
        users: dict[str, list[str]] = {}
        for region in domain.regions:
            for name in domain.mail_from.names(region) if domain.mail_from else ():
                users.setdefault(name, []).append(region)
        for name, regions in users.items():
            await self._look_at_mail_from(domain, regions, name)

    async def _look_at_mail_from(self, domain: SendingDomain, regions: Sequence[str], name: str) -> None:
        region = regions[0] if len(regions) == 1 else None
        answer = await self._lookup.mx(name)
        if isinstance(answer, Unanswered):
            self._shared.report_unanswered(UnansweredName(domain.name, region, name, "MX", answer), domain.zone.name)
        if isinstance(answer, Answer):
            others = tuple(_describe(mx) for mx in answer.records if not FEEDBACK_HOST.fullmatch(mx.host))
            if others and not await find_wildcard(self._lookup, name, domain.zone.name, answer):
                found, wanted = tuple(mx.host for mx in answer.records), tuple(map(feedback_host, regions))
                self._findings.judge_first(MailFromInUse(domain.name, region, name, others, found, wanted))


def _describe(mx: Mx) -> str:
    return f"{mx.preference} {mx.host}"
