"""How a zone is delegated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mailproof.live.answer import Answer, AwsAnswer, NameAnswer, Unanswered
from mailproof.live.aws.route53 import HostedZone
from mailproof.model.domain import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFacts:
    """
    A zone of the file.

    Attributes:
        zone: The zone.
        servers: NS of the zone.
        unchecked: The same with validation switched off; asked only if the first question has no answer.
        referral: NS that the parent's servers refer to; None if they were not asked or did not tell.
        above: The zone above it, if a zone that is served elsewhere is not a zone of its own; unanswered if that is not
            known.
        hosted_zone: What Route 53 says of it; None if it was not asked: another account, external, no live NS set.
        addresses: Addresses of live and of Route 53's name servers by host; asked only if their names differ.
    """

    type: ClassVar[str] = "NS"

    zone: Zone
    servers: NameAnswer
    unchecked: NameAnswer | None = None
    referral: tuple[str, ...] | None = None
    above: str | Unanswered | None = None
    hosted_zone: AwsAnswer[HostedZone] | None = None
    addresses: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def live_servers(self) -> tuple[str, ...]:
        """The NS set that resolvers follow; empty if none is known. The parent decides, not the zone itself."""
        if self.referral is not None:
            return self.referral
        return next((answer.records for answer in (self.servers, self.unchecked) if isinstance(answer, Answer)), ())
