"""`mailproof prune`: list, and on request remove, stacks, identities and records that left the files."""

from collections.abc import Sequence
from typing import Annotated

import typer

from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.change.say import say, show_lines
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    AccountProfiles,
    EnvironmentNames,
    Environments,
    FormerAccounts,
)
from mailproof.commands.parse_options import read_accounts, read_environments, read_profiles, zone_accounts_of
from mailproof.exit_codes import UNANSWERED


def prune(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    region: Annotated[
        list[str] | None,
        typer.Option("--region", metavar="NAME", help="Only this region, for stacks as well; may be repeated."),
    ] = None,
    environment_gone: Annotated[
        list[str] | None,
        typer.Option(
            "--environment-gone",
            metavar="NAME",
            help="Include this environment, whose file was deleted; may be repeated.",
        ),
    ] = None,
    account: FormerAccounts = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove what is listed, after asking once.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --remove: without a question.")] = False,
    max_removals: Annotated[
        int,
        typer.Option(
            "--max-removals", min=0, metavar="N", help="Largest number of identities that one run may remove."
        ),
    ] = DEFAULT_MAX_REMOVALS,
    profile: AccountProfiles = None,
) -> None:
    """
    List what our stacks made and no file lists any more: stacks, identities and records; remove on request.

    Looks in the accounts of the environments and of their zones, in all regions. What any environment file asks for
    stays, with the whole stack that holds it, and so does what an environment of another folder made, and every record
    that is not exactly what was made. Stacks go first, then the identities that they retained, DNS last.

    Exit code 0: listed, or removed.
    1: too many at once, you declined, or a removal failed.
    2: usage or environment file.
    3: something could not be asked; of that nothing was removed.
    """
    if yes and not remove:
        raise typer.BadParameter("goes with --remove", param_hint="--yes")
    everything = read_environments(environments, None)
    chosen = read_environments(environments, environment)
    former = read_accounts(account)
    profiles = read_profiles(profile, everything, zone_accounts_of(everything).union(former))
    regions = _read_regions(region)

    from mailproof.change.consent import Consent
    from mailproof.change.errors import same_command
    from mailproof.change.programs import read_bootstraps
    from mailproof.live.aws.clients import make_clients
    from mailproof.prune.orphaned_identity import Account, OrphanedIdentities
    from mailproof.prune.run import (
        PruneOptions,
        ZoneAccounts,
        accounts_of,
        all_lines,
        find_orphaned_identities,
        remove_all,
    )

    def find(searched: Account) -> OrphanedIdentities:
        return find_orphaned_identities(searched, everything, regions, environment_gone or ())

    with command_errors():
        zones = ZoneAccounts(read_bootstraps(), tuple(former), frozenset(environment_gone or ()))
    accounts = accounts_of(chosen, lambda of: make_clients(profiles, of.name), zones)
    found = [(searched, find(searched)) for searched in accounts]
    for searched, orphans in found:
        lines = list(all_lines(orphans))
        if not (lines or orphans.unanswered or orphans.closed):
            lines = [f"{searched.target.account}: nothing is left behind"]
        show_lines(*lines)
        for line in (*orphans.notes, *orphans.unanswered, *orphans.closed):
            say(line)
    if remove:
        with command_errors():
            remove_all(found, PruneOptions(max_removals, Consent(yes=yes), same_command()), find)
    raise typer.Exit(UNANSWERED if any(orphans.unanswered or orphans.closed for _, orphans in found) else 0)


def _read_regions(names: Sequence[str] | None) -> list[str] | None:
    """Read `--region`: any region with SES, also one that no file has any more."""
    from mailproof.model.errors import InvalidValue
    from mailproof.model.regions import parse_region

    try:
        return [parse_region(name) for name in names] if names else None
    except InvalidValue as err:
        raise typer.BadParameter(str(err), param_hint="--region") from err
