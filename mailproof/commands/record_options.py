"""Options and reading of records, shared by `mailproof records` and `mailproof export`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from mailproof.change.say import say
from mailproof.commands.parse_options import (
    check_known,
    read_environments,
    read_name,
    read_profiles,
    read_resolver,
    read_selection,
)
from mailproof.commands.progress import progress
from mailproof.exit_codes import USAGE

if TYPE_CHECKING:
    from mailproof.export.collect import RecordList
    from mailproof.export.formats import ExportFormat
    from mailproof.export.selection import RecordSelection
    from mailproof.model.environment import Environment

Zones: TypeAlias = Annotated[
    list[str] | None, typer.Option("--zone", metavar="NAME", help="Only records in this DNS zone; may be repeated.")
]
External: TypeAlias = Annotated[
    bool, typer.Option("--external", help="Only zones that another DNS provider serves, now or still.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What somebody asks for on the command line, not read yet.

    Attributes:
        environments: Folder of environment files.
        environment: The only environments, if any.
        domains: The only sending domains, if any.
        regions: The only regions, if any.
        zones: The only zones, if any.
        external: Only zones of other DNS providers.
        profiles: AWS profiles.
        resolver: The one DNS resolver to ask.
        dns_timeout: For one question to DNS, seconds.
    """

    environments: Path
    environment: Sequence[str] | None
    domains: Sequence[str] | None
    regions: Sequence[str] | None
    zones: Sequence[str] | None
    external: bool
    profiles: Sequence[str] | None
    resolver: str | None
    dns_timeout: float


def read_records(asked: Asked, text: "ExportFormat | None" = None) -> "RecordList":
    """
    Read environment files, and ask AWS for the values that it gives, and DNS for the zones of other providers.

    SES has the DKIM records, API Gateway the hosts of MTA-STS policies. What nobody tells is said on stderr: identities
    without DKIM records, hosts without a target, and zones that live DNS has otherwise.

    Args:
        asked: What somebody asks for.
        text: A format that all of it is to be written in as one text; refused before SES is asked if it cannot be.
    """
    environments = read_environments(asked.environments, asked.environment)
    chosen = _read_selection(asked, environments)
    profiles, server = read_profiles(asked.profiles, environments), read_resolver(asked.resolver)

    from mailproof.change.programs import read_bootstraps
    from mailproof.export.collect import collect_records, identities_to_ask, names_to_write
    from mailproof.export.dkim_reader import SesDkimReader
    from mailproof.export.holders import ask_for_holders
    from mailproof.export.policy_hosts import ApiGatewayReader

    names = names_to_write(environments, chosen)
    holders = ask_for_holders(names, environments, server, asked.dns_timeout)
    if text:
        from mailproof.export.files import check_text

        with usage_errors():
            check_text(text, len({holders.zone_of(zone, name) for zone, within in names.items() for name in within}))
    with progress("Asking SES", len(identities_to_ask(environments, chosen))) as done:
        hosts = ApiGatewayReader(profiles, read_bootstraps())
        found = holders.place(collect_records(environments, chosen, SesDkimReader(profiles), done, hosts))
    for note in holders.notes():
        say(note)
    for gap in found.gaps:
        say(str(gap))
    if not found.records and not found.gaps:
        say("no record is asked for" + (": no such zone is served by another DNS provider" if asked.external else ""))
    return found


def say_others(found: "RecordList", form: "ExportFormat") -> None:
    """Say which records others are to publish, where the format has no place for them."""
    if found.others and not form.has_others:
        hosts = ", ".join(dict.fromkeys(record.zone.name for record in found.others))
        what = "1 record is" if len(found.others) == 1 else f"{len(found.others)} records are"
        say(f"{what} left out, for others to publish ({hosts}): `mailproof dmarc policy --format zone` writes them")


def _read_selection(asked: Asked, environments: "Sequence[Environment]") -> "RecordSelection":
    from mailproof.export.selection import RecordSelection

    narrowed = read_selection(environments, asked.domains, asked.regions)
    zones = _read_zones(asked.zones or (), {name for environment in environments for name in environment.zones})
    return RecordSelection(frozenset(narrowed.domains), frozenset(narrowed.regions), zones, asked.external)


def _read_zones(texts: Sequence[str], known: set[str]) -> frozenset[str]:
    names = frozenset(read_name(text, "--zone") for text in texts)
    check_known("--zone", sorted(names), known)
    return names


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn what cannot be written as asked into a line on stderr and exit code 2."""
    from mailproof.model.errors import InvalidValue

    try:
        yield
    except InvalidValue as err:
        say(str(err))
        raise typer.Exit(USAGE) from err
    except OSError as err:
        say(f"{err.filename or 'output'}: cannot be written ({err.strerror})")
        raise typer.Exit(USAGE) from err
