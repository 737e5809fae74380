"""DNS before a deployment: mail that a MAIL FROM name receives already, and SPF of the domains themselves."""

import asyncio
import re
from collections.abc import Sequence
from typing import TypeGuard

from mailproof.check.preflight.inspection import Inspection
from mailproof.check.preflight.subjects import ApexSpf, MailFromInUse, NullMxLeft
from mailproof.check.rules.mail_from import FEEDBACK_HOST
from mailproof.check.subjects import ParkedUse, UnansweredName
from mailproof.live.answer import Answer, DnsAnswer, Mx, Unanswered, texts_of
from mailproof.live.record_reader import find_wildcard
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import spf_records
from mailproof.live.spf_text import SpfRecord
from mailproof.model.domain import Parking, SendingDomain
from mailproof.model.names import dkim_name
from mailproof.model.regions import feedback_host

COMMON_SELECTORS = ("default", "dkim", "google", "k1", "k2", "mail", "s1", "s2", "selector1", "selector2")
"""Those of large senders and of widespread servers; no more can be known from outside, since DNS lists no names."""


class DnsView:
    """
    A look at names that the deployment will use.

    Args:
        inspection: The environment.
        lookup: Answers.
    """

    def __init__(self, inspection: Inspection, lookup: Lookup) -> None:
        self._lookup = lookup
        self._findings, self._shared = inspection.findings, inspection.shared
        self._keys_seen: set[str] = set()

    async def look(self, domains: Sequence[SendingDomain]) -> None:
        """Look at every domain."""
        await asyncio.gather(*map(self._look_at_domain, domains))

    async def _look_at_domain(self, domain: SendingDomain) -> None:
        if domain.parking:
            await self._look_at_parked(domain, domain.parking)
            return
        apex, mx = await asyncio.gather(self._lookup.txt(domain.name), self._lookup.mx(domain.name))
        if not self._is_open(domain, domain.name, "TXT", apex):
            texts = tuple(record.text for record in spf_records(apex))
            self._findings.judge_first(ApexSpf(domain.name, domain.name, texts))
        is_open = self._is_open(domain, domain.name, "MX", mx)
        if not is_open and isinstance(mx, Answer) and not any(one.host for one in mx.records):
            self._findings.judge_first(NullMxLeft(domain.name, domain.name))
        users: dict[str, list[str]] = {}
        for region in domain.regions:
            for name in domain.mail_from.names(region) if domain.mail_from else ():
                users.setdefault(name, []).append(region)
        for name, regions in users.items():
            await self._look_at_mail_from(domain, regions, name)

    async def _look_at_mail_from(self, domain: SendingDomain, regions: Sequence[str], name: str) -> None:
        region = regions[0] if len(regions) == 1 else None
        answer = await self._lookup.mx(name)
        self._is_open(domain, name, "MX", answer, region)
        if isinstance(answer, Answer):
            others = tuple(_describe(mx) for mx in answer.records if not FEEDBACK_HOST.fullmatch(mx.host))
            if others and not await find_wildcard(self._lookup, name, domain.zone.name, answer):
                found, wanted = tuple(mx.host for mx in answer.records), tuple(map(feedback_host, regions))
                self._findings.judge_first(MailFromInUse(domain.name, region, name, others, found, wanted))

    async def _look_at_parked(self, domain: SendingDomain, parking: Parking) -> None:
        """Look for signs that a parked domain is in use."""
        mx, apex = await asyncio.gather(self._lookup.mx(domain.name), self._lookup.txt(domain.name))
        if not (self._is_open(domain, domain.name, "MX", mx) or parking.receives):
            hosts = [one for one in mx.records if one.host] if isinstance(mx, Answer) else []
            self._report_use(domain, domain.name, "MX", list(map(_describe, hosts)))
        if not self._is_open(domain, domain.name, "TXT", apex):
            self._report_use(domain, domain.name, "TXT", [r.text for r in spf_records(apex) if lets_somebody_send(r)])
        await self.look_at_keys(domain, [dkim_name(selector, domain.name) for selector in COMMON_SELECTORS])

    async def look_at_keys(self, domain: SendingDomain, names: Sequence[str]) -> None:
        """Look for DKIM keys of a parked domain, each once; an alias leads to that of somebody else."""
        new = [name for name in names if name not in self._keys_seen]
        self._keys_seen.update(new)
        for name, answer in zip(new, await asyncio.gather(*map(self._lookup.txt, new)), strict=True):
            if not self._is_open(domain, name, "TXT", answer):
                self._report_use(domain, name, "TXT", [one.text for one in texts_of(answer) if is_live_key(one.text)])

    def _report_use(self, domain: SendingDomain, name: str, rdtype: str, found: Sequence[str]) -> None:
        if found:
            self._shared.judge_first(ParkedUse(domain.name, None, name, rdtype, f"{rdtype} {', '.join(found)}"))

    def _is_open(
        self, domain: SendingDomain, name: str, rdtype: str, answer: DnsAnswer, region: str | None = None
    ) -> TypeGuard[Unanswered]:
        """Tell whether a question has no answer, and report it."""
        if isinstance(answer, Unanswered):
            self._shared.report_unanswered(UnansweredName(domain.name, region, name, rdtype, answer), domain.zone.name)
        return isinstance(answer, Unanswered)


def lets_somebody_send(record: SpfRecord) -> bool:
    """Tell whether an SPF record names somebody who may send, whoever that is."""
    return any(term.name != "all" or term.qualifier == "+" for term in record.tested_terms)


def is_live_key(text: str) -> bool:
    """Tell whether a text is a DKIM key that is not revoked, whatever else may be wrong with it."""
    key = re.search(r"(?:^|;)\s*p\s*=\s*([^;\s]*)", text)
    return bool(key and key[1])


def _describe(mx: Mx) -> str:
    return f"{mx.preference} {mx.host}"
