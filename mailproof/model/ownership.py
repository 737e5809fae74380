"""One owner for every identity and every record, in one environment and across all of them."""

from collections.abc import Iterator, Sequence

from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.environment import Environment
from mailproof.model.errors import Problem, describe
from mailproof.model.records import expected_records

Key = tuple[str, ...]


def check_ownership(environments: Sequence[Environment]) -> list[Problem]:
    """
    Find identities and records that two domains would own, and MAIL FROM names that are sending domains.

    An identity is one per account, region and domain; a record set is one per name and type, whichever zone has it: of
    a parent and a child zone, or of two zones of one name, DNS asks one. DKIM names cannot meet: their tokens differ
    by account, region and domain.

    Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html, "a subdomain that you don't send email from"
    """
    problems: list[Problem] = []
    owners: dict[Key, tuple[Environment, SendingDomain]] = {}
    senders = {domain.name: (environment, domain) for environment in environments for domain in environment.domains}
    for environment in environments:
        for domain in environment.domains:
            for key, what in _claims(environment, domain):
                first_environment, first_domain = owners.setdefault(key, (environment, domain))
                if first_domain is not domain:
                    taken = f"{what} already belongs to {first_environment.sources[first_domain.name]}"
                    todo = "give it one owner: another name, or leave it out of one of the two"
                    problems.append(_problem(environment, domain, describe(taken, domain.name, todo)))
            for name in sorted(_mail_from_names(domain) & senders.keys()):
                sender_environment, sender = senders[name]
                what = f"has a MAIL FROM name that is the sending domain {sender_environment.sources[sender.name]}"
                todo = "choose a name that sends and receives no mail"
                problems.append(_problem(environment, domain, describe(what, name, todo)))
    return problems


def _mail_from_names(domain: SendingDomain) -> set[str]:
    return {domain.mail_from.name(region) for region in domain.regions} if domain.mail_from else set()


def _claims(environment: Environment, domain: SendingDomain) -> Iterator[tuple[Key, str]]:
    for region in domain.regions:
        yield (environment.account, region, domain.name), f"the identity {domain.name!r} in {region}"
    records = (record for region in domain.regions for record in expected_records(domain, region, ()))
    # Records that serve all regions come up once a region.
    for zone, name, kind in dict.fromkeys((record.zone, str(record.name), record.type) for record in records):
        yield (name, kind), f"the {kind} record {name!r} in zone {zone.name!r}"


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
