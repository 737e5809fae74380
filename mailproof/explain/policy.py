"""
DMARC of the domain in From: what aligns, which policy is in force, and what receivers decide.

Source: RFC 9989 sections 4.4, 4.10, 5
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailproof.explain.explanation import OPEN, Dmarc, Signature, Spf
from mailproof.live.dmarc_effective import Names, tree_walk_policy
from mailproof.live.dmarc_reader import organisational_domain, policy_step, single_record, walk
from mailproof.live.dmarc_text import DmarcRecord
from mailproof.live.record_facts import DmarcStep
from mailproof.live.resolver import Lookup
from mailproof.model.dmarc import DmarcPolicy

STRICT = "s"


@dataclass(slots=True)
class Author:
    """
    The domain in From, as DMARC sees it.

    Attributes:
        domain: Its name.
        steps: The walk from it towards the root.
        lookup: Answers for DNS.
    """

    domain: str
    steps: tuple[DmarcStep, ...]
    lookup: Lookup

    @classmethod
    async def read(cls, domain: str, lookup: Lookup) -> "Author":
        """Ask for everything that DNS says of it."""
        return cls(domain, await walk(lookup, domain), lookup)

    @property
    def record(self) -> DmarcRecord | None:
        """The record in force; None if there is none, or it is not known."""
        own = single_record(self.steps[0])
        step = policy_step(self.steps)
        return own or (single_record(step) if step else None)

    async def aligns(self, domain: str, tag: str) -> bool:
        """
        Tell whether a domain that passed counts for this one (section 4.4).

        Args:
            domain: That DKIM or SPF has authenticated.
            tag: That asks for strict alignment: ``adkim`` or ``aspf``.
        """
        if domain == self.domain:
            return True
        if not domain or (self.record is not None and self.record.tags.get(tag, "").lower() == STRICT):
            return False
        if domain.rpartition(".")[2] != self.domain.rpartition(".")[2]:
            return False
        other = await walk(self.lookup, domain)
        return organisational_domain(other) == organisational_domain(self.steps)

    def judge(self, signatures: Sequence[Signature], spf: Spf) -> Dmarc:
        """Say what a receiver makes of verdicts on DKIM and SPF."""
        by = [
            method
            for method, passes in (
                ("dkim", any(each.aligned and each.result == "pass" for each in signatures)),
                ("spf", spf.aligned and spf.result == "pass"),
            )
            if passes
        ]
        found = tree_walk_policy(self.steps, Names.ITSELF)
        if found.unanswered:
            name, why = found.unanswered
            return Dmarc(result="temperror", domain=self.domain, by=by, reason=f"{name}: {why}")
        record = self.record
        if found.policy is None or record is None:
            return Dmarc(result="none", domain=self.domain, by=by, reason="no policy is in force")
        known = Dmarc(
            result="pass",
            domain=self.domain,
            by=by,
            record_name=found.name or "",
            record=record.text,
            policy=found.policy.value,
            tested=found.is_tested,
        )
        if by:
            return known
        if reason := _what_is_open(signatures, spf):
            return replace(known, result="not judged", reason=reason)
        return replace(known, result="fail", enforced=(found.enforced or DmarcPolicy.NONE).value)


def _what_is_open(signatures: Sequence[Signature], spf: Spf) -> str:
    """Say which verdict could still let the message pass; empty if none could."""
    for each in signatures:
        if each.aligned and each.result in OPEN:
            return f"DKIM of {each.domain}: {each.reason}"
    # Without the envelope's sender nothing tells whether it would align; an empty one never does.
    is_unknown = spf.result in OPEN and (spf.aligned or not spf.domain)
    return f"SPF: {spf.reason}" if is_unknown else ""
