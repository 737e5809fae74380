"""Who sends in the name of a domain: the rows of reports, put together by what authenticated the mail."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mailproof.dmarc.aggregate import Record, Report
from mailproof.model.environment import Environment
from mailproof.model.names import is_within

SES_DOMAIN = "amazonses.com"  # SES signs all mail as this as well
NETWORK_BITS = {4: 24, 6: 48}
DAY_S = 86_400


class SourceKind(StrEnum):
    """What is known of a source."""

    SES = "SES"
    """Signed by one of our identities."""
    OTHER_KEY = "other key"
    """Signed as a domain of ours, by a key that is not one of the identity's."""
    SES_FOREIGN = "SES, not our identity"
    """Sent by SES, and not signed as a domain of ours."""
    NOT_OURS = "not ours"
    """Named in the file as not ours."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ours:
    """
    What mail of ours is known by.

    Attributes:
        domains: Sending domains, and parked ones.
        regions: Of each selector, by domain: the regions whose identities sign with it; empty text if all do.
        mail_from: MAIL FROM names to the region that alone uses it; empty text if several do.
        not_ours: By domain, what the file names as not ours.
        parked: Domains of the files that send no mail.
    """

    domains: frozenset[str] = frozenset()
    regions: Mapping[tuple[str, str], str] = field(default_factory=dict)
    mail_from: Mapping[str, str] = field(default_factory=dict)
    not_ours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parked: frozenset[str] = frozenset()


@dataclass(slots=True)
class Source:
    """
    One sender in the name of a domain.

    Attributes:
        kind: What is known of it.
        name: A region, the domain that authenticated it, or the network that it came from.
        messages: How many.
        dkim: Aligned by DKIM.
        spf: Aligned by SPF.
        unaligned: By neither.
        addresses: That it came from, with how many each.
        networks: Whose they are.
    """

    kind: SourceKind
    name: str
    messages: int = 0
    dkim: int = 0
    spf: int = 0
    unaligned: int = 0
    addresses: dict[str, int] = field(default_factory=dict)
    networks: set[str] = field(default_factory=set)

    def add(self, record: Record) -> None:
        """Count a row."""
        self.messages += record.count
        self.dkim += record.count * record.dkim_aligned
        self.spf += record.count * record.spf_aligned
        self.unaligned += record.count * (not record.is_aligned)
        self.addresses[record.address] = self.addresses.get(record.address, 0) + record.count
        if record.network:
            self.networks.add(record.network)


@dataclass(frozen=True, slots=True)
class DomainReports:
    """
    All reports about one domain.

    Attributes:
        domain: Whose policy they are about.
        reports: They, by the end of their periods.
        sources: The largest first.
        is_parked: Whether a file says that it sends no mail.
    """

    domain: str
    reports: tuple[Report, ...]
    sources: tuple[Source, ...]
    is_parked: bool = False

    @property
    def receivers(self) -> list[str]:
        """Organisations that sent them."""
        return sorted({report.organisation.lower() for report in self.reports})

    @property
    def messages(self) -> int:
        """In all."""
        return sum(source.messages for source in self.sources)

    @property
    def aligned(self) -> int:
        """Messages that passed DMARC."""
        return self.messages - sum(source.unaligned for source in self.sources)

    @property
    def last_aligned(self) -> int:
        """When the last report ends that has such a message, seconds since 1970; 0 without one."""
        ends = [report.end for report in self.reports if any(record.is_aligned for record in report.records)]
        return max(ends, default=0)

    @property
    def read(self) -> int:
        """Records that could be read."""
        return sum(len(report.records) for report in self.reports)

    @property
    def declared(self) -> int:
        """Records that there are."""
        return sum(report.declared for report in self.reports)

    @property
    def days(self) -> int:
        """How many days, in UTC, the reports cover; no report covers more than a week."""
        covered: set[int] = set()
        for report in self.reports:
            first = report.begin // DAY_S
            covered.update(range(first, min(report.end // DAY_S, first + 6) + 1))
        return len(covered)


def known_as_ours(
    environments: Sequence[Environment], tokens: Mapping[tuple[str, str], Sequence[str]] | None = None
) -> Ours:
    """
    Put together what the files say of our mail, and SES of the tokens.

    Args:
        environments: The files.
        tokens: Domain and region to the selectors with which the identity signs; no region stands for all.
    """
    regions: dict[tuple[str, str], str] = {}
    for (name, region), selectors in (tokens or {}).items():
        for selector in selectors:
            known = regions.get((name, selector.lower()))
            regions[name, selector.lower()] = f"{known}, {region}" if known else region  # a replica and its parent
    pairs = [(environment, domain) for environment in environments for domain in environment.domains]
    mail_from: dict[str, str] = {}
    for _, domain in pairs:
        for region in domain.regions:
            for at in domain.mail_from.names(region) if domain.mail_from else ():
                mail_from[at] = "" if mail_from.get(at, region) != region else region
    return Ours(
        domains=frozenset(domain.name for _, domain in pairs),
        regions=regions,
        mail_from=mail_from,
        not_ours={domain.name: domain.dmarc.not_ours for _, domain in pairs if domain.dmarc},
        parked=frozenset(domain.name for _, domain in pairs if domain.parking),
    )


def by_domain(reports: Iterable[Report], ours: Ours) -> list[DomainReports]:
    """Divide reports by the domain that they are about, and name the sources of each."""
    found: dict[str, list[Report]] = {}
    for report in reports:
        found.setdefault(report.domain, []).append(report)
    return [
        DomainReports(domain, tuple(about), tuple(find_sources(domain, about, ours)), domain in ours.parked)
        for domain, about in sorted(found.items())
    ]


def find_sources(domain: str, reports: Iterable[Report], ours: Ours) -> list[Source]:
    """Put the rows of reports together by who sent."""
    sources: dict[tuple[SourceKind, str], Source] = {}
    for report in reports:
        for record in report.records:
            kind, name = _who(domain, record, ours)
            sources.setdefault((kind, name), Source(kind, name)).add(record)
    return sorted(sources.values(), key=lambda source: (-source.messages, source.kind, source.name))


def _who(domain: str, record: Record, ours: Ours) -> tuple[SourceKind, str]:
    if not record.is_aligned and any(_is_named(named, record) for named in ours.not_ours.get(domain, ())):
        return SourceKind.NOT_OURS, _name(record)
    signed = [found for found in record.dkim if found.passed and _is_ours(found.domain, domain, ours)]
    keys = [(found.domain, found.selector) for found in signed]
    regions = [ours.regions[key] for key in keys if key in ours.regions]
    is_ses = any(is_within(name, SES_DOMAIN) for name in record.authenticated)
    passed_spf = [found.domain for found in record.spf if found.passed and found.domain in ours.mail_from]
    if regions or passed_spf or (signed and is_ses):
        named = (*regions, *(ours.mail_from[name] for name in passed_spf))
        return SourceKind.SES, next(filter(None, named), "region not known")
    if signed:
        selectors = f", selector {signed[0].selector}" if signed[0].selector else ""
        return SourceKind.OTHER_KEY, f"{signed[0].domain}{selectors}"
    return (SourceKind.SES_FOREIGN if is_ses else SourceKind.UNKNOWN), _name(record)


def _is_ours(signed: str, domain: str, ours: Ours) -> bool:
    return signed in ours.domains or is_within(signed, domain)


def _name(record: Record) -> str:
    """Name a source by the domain that authenticated it, else by the network that it came from."""
    names = [name for name in record.authenticated if not is_within(name, SES_DOMAIN)]
    return names[0] if names else str(network_of(record.address))


def network_of(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return the network that an address is counted with."""
    found = ipaddress.ip_address(address)
    return ipaddress.ip_network(f"{found}/{NETWORK_BITS[found.version]}", strict=False)


def _is_named(named: str, record: Record) -> bool:
    """Tell whether an entry of `not_ours`, a network or a domain, names the source of a row."""
    try:
        network = ipaddress.ip_network(named)
    except ValueError:
        return any(is_within(name, named) for name in record.authenticated)
    address = ipaddress.ip_address(record.address)
    return address.version == network.version and address in network


def unnamed(sources: Iterable[Source]) -> Iterator[Source]:
    """Yield the sources whose mail is not aligned, and that the file does not name as not ours."""
    return (source for source in sources if source.unaligned and source.kind is not SourceKind.NOT_OURS)
