"""One owner for every identity and every record, in one environment and across all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.environment import Environment
from mailproof.model.errors import Problem, describe
from mailproof.model.names import dkim_subdomain, is_within, longest_containing
from mailproof.model.record_kind import DKIM, Reader, RecordKind
from mailproof.model.records import all_records
from mailproof.model.regions import partition

Key = tuple[str, ...]
_Owner: TypeAlias = tuple[Environment, SendingDomain, RecordKind | None]


def check_ownership(environments: Sequence[Environment]) -> list[Problem]:
    """
    Find identities and records that two domains would own, and names that would both send and not.

    The latter are MAIL FROM names that are sending domains, and domains that one file has parked and another lists.

    An identity is one per account, region and domain; a record set is one per name and type, whichever zone has it: of
    a parent and a child zone, or of two zones of one name, DNS asks one. DKIM names cannot meet: their tokens differ
    by account, region and domain.

    Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html, "a subdomain that you don't send email from"
    """
    problems: list[Problem] = []
    owners: dict[Key, _Owner] = {}
    senders = {domain.name: (environment, domain) for environment in environments for domain in environment.domains}
    parked = {
        d.name: environment.sources[d.name] for environment in environments for d in environment.domains if d.parking
    }
    for environment in environments:
        for domain in environment.domains:
            if domain.name in parked and not domain.parking:
                what = describe(f"is parked as {parked[domain.name]}", domain.name, "it sends, or it is parked")
                problems.append(_problem(environment, domain, what))
            for key, what, kind in _claims(environment, domain):
                first = owners.setdefault(key, (environment, domain, kind))
                if taken := _taken(what, kind, first, domain):
                    problems.append(_problem(environment, domain, taken))
            for name in sorted(_mail_from_names(domain) & senders.keys()):
                sender_environment, sender = senders[name]
                what = f"has a MAIL FROM name that is the sending domain {sender_environment.sources[sender.name]}"
                todo = "choose a name that sends and receives no mail"
                problems.append(_problem(environment, domain, describe(what, name, todo)))
    return [*problems, *_beside_aliases(owners)]


def _taken(what: str, kind: RecordKind | None, first: _Owner, domain: SendingDomain) -> str:
    """Say who has what a domain claims; empty if it has it itself, for the same purpose."""
    first_environment, first_domain, first_kind = first
    if first_domain is not domain:
        taken = f"{what} already belongs to {first_environment.sources[first_domain.name]}"
        return describe(taken, domain.name, "give it one owner: another name, or leave it out of one of the two")
    if kind and first_kind and kind is not first_kind:
        return describe(f"{what} would be both {first_kind.label} and {kind.label}", domain.name, kind.leave_out)
    return ""


def _beside_aliases(owners: Mapping[Key, _Owner]) -> Iterator[Problem]:
    """Find records at the name of a CNAME, where none can stand (RFC 1034 section 3.6.2)."""
    for key, (environment, domain, _) in owners.items():
        name, kind = key[0], key[1]
        for other in (RecordType.MX, RecordType.TXT) if kind == RecordType.CNAME else ():
            if (name, other) in owners:
                holders, holder, _ = owners[name, other]
                beside = f"the {other} record of {holders.sources[holder.name]}"
                what = f"needs a CNAME record, which cannot coexist with {beside}"
                yield _problem(environment, domain, describe(what, name, "choose another name for one of the two"))


def _mail_from_names(domain: SendingDomain) -> set[str]:
    if domain.mail_from is None:
        return set()
    return {name for region in domain.regions for name in domain.mail_from.names(region)}


def _claims(environment: Environment, domain: SendingDomain) -> Iterator[tuple[Key, str, RecordKind | None]]:
    for region in domain.regions:
        yield (environment.account, region, domain.name), f"the identity {domain.name!r} in {region}", None
    for address in domain.addresses:
        for region in address.regions:
            yield (environment.account, region, address.name), f"the identity {address.name!r} in {region}", None
    for record in all_records(domain):
        zone, name, kind = record.zone, str(record.name), record.type
        yield (name, kind), f"the {kind} record {name!r} in zone {zone.name!r}", record.kind


def check_zones(environments: Sequence[Environment]) -> Iterator[Problem]:
    """Find hosted zones that have another name or another account in a second file."""
    first: dict[str, tuple[Environment, Zone]] = {}
    for environment in environments:
        for zone in environment.zones.values():
            if zone.id is None:
                continue
            other = first.setdefault(zone.id, (environment, zone))
            # Of one file its reader says so.
            if other[0] is not environment and (what := _difference((environment, zone), other)):
                source = environment.zone_sources[zone.name]
                yield Problem(source.path, source.line, source.key, what)


def check_delegations(environments: Sequence[Environment]) -> Iterator[Problem]:
    """
    Find records below a zone that only another file lists: their own zone has no say there.

    Source: RFC 1034 section 4.2.1
    """
    places = {name: place for environment in environments for name, place in environment.zone_sources.items()}
    for environment in environments:
        own = environment.zones
        foreign = {name for name in places.keys() - own.keys() if longest_containing(name, own)}
        for domain in environment.domains if foreign else ():
            for cut, record in find_cuts(domain, dict.fromkeys((*foreign, *own))).items():
                if cut in foreign:
                    what = f"needs a record in zone {record.zone.name!r} whose name lies in zone {cut!r}, {places[cut]}"
                    todo = f"list {cut!r} here, too" if is_within(domain.name, cut) else way_around(record.kind)
                    yield _problem(environment, domain, describe(what, record.name, todo))


def find_cuts(domain: SendingDomain, zones: Mapping[str, object]) -> dict[str, DnsRecord]:
    """Return the zones, other than a record's own, in which records of a domain lie, each with the first of them."""
    cuts: dict[str, DnsRecord] = {}
    dkim = [(dkim_subdomain(domain.name), "")]
    for record in all_records(domain, dkim):
        cut = longest_containing(str(record.name), zones)
        if cut and cut != record.zone.name:
            cuts.setdefault(cut, record)
    return cuts


def way_around(kind: RecordKind, end: str = "end the delegation of that zone and take it off the list") -> str:
    """
    Say what to do about a record that lies in another zone than its own.

    Args:
        kind: What the record is for.
        end: How to give the name back to its zone.
    """
    there = "" if kind.reader is Reader.MAIL_FROM else " and enter the record there"
    return end if kind is DKIM else f"{kind.leave_out}{there}, or {end}"


def check_partitions(environments: Sequence[Environment]) -> Iterator[Problem]:
    """
    Find accounts that would lie in two AWS partitions: no role reaches from one into the other.

    Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    """
    first: dict[str, Environment] = {}
    for environment in environments:
        first.setdefault(environment.account, environment)
    for environment in environments:
        here = partition(environment.regions[0])
        places: list[tuple[str, str, int | None, str, str]] = [
            (environment.account, environment.path, None, "account", "divide the regions among two accounts")
        ]
        for zone in environment.zones.values():
            source = environment.zone_sources[zone.name]
            todo = "list the zone as external, and enter what `mailproof export` writes"
            if zone.account:
                places.append((zone.account, source.path, source.line, source.key, todo))
        for account, path, line, key, todo in places:
            other = first.setdefault(account, environment)
            if (there := partition(other.regions[0])) != here:
                what = f"is an account of partition {there} by {other.path}, and would be one of {here} here"
                yield Problem(path, line, key, describe(what, account, todo))


def _difference(place: tuple[Environment, Zone], other: tuple[Environment, Zone]) -> str:
    """Say what two files say differently of one zone; empty if they agree."""
    (_, zone), (other_environment, other_zone) = place, other
    where = other_environment.zone_sources[other_zone.name]
    if zone.name != other_zone.name:
        return describe(f"has the id of {where}", zone.id, "give each zone its own")
    account, other_account = (zone.account or environment.account for environment, zone in (place, other))
    if account == other_account:
        return ""
    what = f"is in account {account} here, in account {other_account} by {where}"
    return describe(what, zone.id, "write `account`, that of its owner, wherever it is another's")


def _problem(environment: Environment, domain: SendingDomain, what: str) -> Problem:
    source = environment.sources[domain.name]
    return Problem(source.path, source.line, source.key, what)
