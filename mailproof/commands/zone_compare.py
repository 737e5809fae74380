"""`mailproof zone compare`: what a change of the delegation would change, before it happens."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say, show
from mailproof.commands.completion import environment_names
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DNS_TIMEOUT_S,
    AccountProfiles,
    DnsTimeout,
    Environments,
    ResolverAddress,
)
from mailproof.commands.parse_options import read_environments, read_profiles, read_resolver, zone_accounts_of
from mailproof.commands.progress import progress
from mailproof.zones.formats import ComparisonFormat

if TYPE_CHECKING:
    from mailproof.export.collect import RecordList
    from mailproof.model.domain import Zone
    from mailproof.model.environment import Environment
    from mailproof.zones.contents import Contents
    from mailproof.zones.run import HeldZone


def compare(
    *,
    environment: Annotated[
        str, typer.Argument(metavar="ENVIRONMENT", autocompletion=environment_names, help="Whose mail is looked at.")
    ],
    zone: Annotated[
        str | None,
        typer.Argument(
            metavar="[ZONE]",
            help="One of its zones; optional if there is only one, or only one with `delegation: pending`.",
        ),
    ] = None,
    zone_file: Annotated[
        Path | None,
        typer.Option("--zone-file", metavar="FILE", help="The live zone as its provider exports it (BIND)."),
    ] = None,
    old_hosted_zone: Annotated[
        str | None,
        typer.Option("--old-hosted-zone", metavar="ID", help="The hosted zone that resolvers still ask."),
    ] = None,
    old_account: Annotated[
        str | None,
        typer.Option(
            "--old-account",
            metavar="ACCOUNT",
            help="The account of --old-hosted-zone, if it is not that of the zone in the file: read by the lookup role "
            "of the CDK's bootstrap there, or with --profile ACCOUNT=NAME.",
        ),
    ] = None,
    name_server: Annotated[
        list[str] | None,
        typer.Option(
            "--name-server",
            metavar="HOST[:PORT]",
            help="A server of the provider to which the zone goes, instead of the hosted zone; may be repeated.",
        ),
    ] = None,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: AccountProfiles = None,
    form: Annotated[ComparisonFormat, typer.Option("--format", help="How it is written.")] = ComparisonFormat.TABLE,
) -> None:
    """
    Compare the answers of the live name servers of a zone with those of other ones. Changes nothing.

    Before a zone moves into Route 53, to another hosted zone or away from Route 53: what differs for mail, and what
    else would be lost; whether DNSSEC bars the way; the name servers to set; and how long the old ones are still asked.

    Exit code 0: all is the same.
    1: something differs, or bars the delegation.
    2: usage or environment file.
    3: something could not be asked.
    """
    [chosen] = read_environments(environments, [environment])
    other = _read_account(old_account, old_hosted_zone)
    accounts = zone_accounts_of([chosen]) | ({other} if other else set())
    profiles, server = read_profiles(profile, [chosen], accounts), read_resolver(resolver)
    with command_errors():
        from mailproof.live.resolver import Budget
        from mailproof.zones.run import CompareOptions
        from mailproof.zones.run import compare as compare_zone

        where = _choose_zone(chosen, zone)
        servers = _read_name_servers(where, name_server)
        contents = _read_zone_file(zone_file, where.name)
        old = _read_id(old_hosted_zone)
        own = where.account or chosen.account
        wanted = {zone_id: account for zone_id, account in ((old, other or own), (where.id or "", own)) if zone_id}
        held = _read_hosted_zones(chosen, where.name, wanted, profiles)
        options = CompareOptions(server, Budget(dns_timeout), contents, str(zone_file or ""), old, servers)
        found = compare_zone(chosen.name, where, _read_needs(chosen, where, profiles), held, options)
    show(form.build(found))
    raise typer.Exit(found.exit_code)


def _choose_zone(environment: "Environment", name: str | None) -> "Zone":
    """Return the zone that is named; without a name the only one that is moving, or the only one."""
    from mailproof.commands.parse_options import check_known, read_name

    if name is not None:
        host = read_name(name, "ZONE")
        check_known("ZONE", [host], set(environment.zones))
        return environment.zones[host]
    every = list(environment.zones.values())
    for zones in ([zone for zone in every if zone.is_pending], every):
        if len(zones) == 1:
            return zones[0]
    raise typer.BadParameter(f"name one of {', '.join(environment.zones)}", param_hint="ZONE")


def _read_name_servers(zone: "Zone", texts: Sequence[str] | None) -> tuple[str, ...]:
    from mailproof.live.transport import parse_server
    from mailproof.model.names import host_name

    if zone.is_external and not texts:
        words = f"{zone.name} has no hosted zone in the file; name the servers that it is to be compared with"
        raise typer.BadParameter(words, param_hint="--name-server")
    try:
        for text in texts or ():
            parse_server(text)
    except ValueError as err:
        raise typer.BadParameter(str(err), param_hint="--name-server") from err
    return tuple(map(host_name, texts or ()))


def _read_zone_file(path: Path | None, zone: str) -> "Contents | None":
    from mailproof.model.errors import InvalidValue
    from mailproof.zones.contents import parse_zone_file

    try:
        return parse_zone_file(path.read_text(encoding="utf-8"), zone) if path else None
    except OSError as err:
        raise typer.BadParameter(f"{path} cannot be read ({err.strerror})", param_hint="--zone-file") from err
    except (InvalidValue, UnicodeDecodeError) as err:
        raise typer.BadParameter(f"{path} {err}", param_hint="--zone-file") from err


def _read_id(text: str | None) -> str:
    from mailproof.model.domain import parse_zone_id
    from mailproof.model.errors import InvalidValue

    try:
        return parse_zone_id(text) if text else ""
    except InvalidValue as err:
        raise typer.BadParameter(str(err), param_hint="--old-hosted-zone") from err


def _read_account(account: str | None, zone_id: str | None) -> str:
    """Read the account of the old hosted zone; empty if it is that of the zone in the file."""
    from mailproof.model.stack_id import ACCOUNT

    if account is None:
        return ""
    if zone_id is None:
        raise typer.BadParameter("goes with --old-hosted-zone", param_hint="--old-account")
    if not ACCOUNT.fullmatch(account):
        raise typer.BadParameter(f"{account!r} is not an account id of twelve digits", param_hint="--old-account")
    return account


def _read_hosted_zones(
    environment: "Environment", zone: str, accounts: "Mapping[str, str]", profiles: dict[str, str]
) -> "dict[str, HeldZone]":
    """
    Read hosted zones, with the CDK's lookup role where the account is not that of the environment.

    Args:
        environment: Its credentials are used.
        zone: Name of the zones.
        accounts: Id of each hosted zone, and its account.
        profiles: As `read_profiles` returns them.
    """
    from mailproof.change.programs import read_bootstraps
    from mailproof.live.aws.clients import Target, make_clients
    from mailproof.zones.run import fetch_held_zone

    clients, region, bootstraps = make_clients(profiles, environment.name), environment.regions[0], read_bootstraps()
    found = {}
    for zone_id, account in accounts.items():
        role = bootstraps.of(account, region).lookup_role if account != environment.account else None
        found[zone_id] = fetch_held_zone(clients, Target(account, region, (role,) if role else ()), zone, zone_id)
    return found


def _read_needs(environment: "Environment", zone: "Zone", profiles: dict[str, str]) -> "RecordList":
    """List what mail needs in the zone, whoever publishes it; say for which identities SES names no DKIM records."""
    from dataclasses import replace

    from mailproof.change.programs import read_bootstraps
    from mailproof.export.collect import collect_records, identities_to_ask
    from mailproof.export.dkim_reader import SesDkimReader
    from mailproof.export.policy_hosts import ApiGatewayReader
    from mailproof.export.selection import RecordSelection
    from mailproof.model.records import with_mail_from_records

    environment = replace(environment, domains=tuple(map(with_mail_from_records, environment.domains)))
    selection = RecordSelection(zones=frozenset({zone.name}))
    with progress("Asking SES", len(identities_to_ask([environment], selection))) as done:
        hosts = ApiGatewayReader(profiles, read_bootstraps())
        found = collect_records([environment], selection, SesDkimReader(profiles), done, hosts)
    for gap in found.gaps:
        say(str(gap))
    return found
