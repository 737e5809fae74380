"""`mailproof rollout plan`: print which stacks are deployed in which wave."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say, show
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, AccountProfiles, Environments, FormerAccounts
from mailproof.commands.parse_options import read_accounts, read_environments, read_profiles, zone_accounts_of
from mailproof.exit_codes import UNANSWERED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailproof.check.orphaned_stacks import OrphanedStacks
    from mailproof.model.environment import Environment
    from mailproof.model.waves import Wave


class PlanFormat(StrEnum):
    """How a plan is printed."""

    TABLE = "table"
    JSON = "json"


def plan(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    account: FormerAccounts = None,
    profile: AccountProfiles = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask CloudFormation for stacks that left the files.")
    ] = False,
    output_format: Annotated[PlanFormat, typer.Option("--format", help="How to print it.")] = PlanFormat.TABLE,
) -> None:
    """
    Print which stacks are deployed in which wave, and what left the files while its stack still stands.

    Looks in the accounts of the environments and of their zones, in all regions.

    Exit code 0: all of it.
    2: usage or environment file.
    3: CloudFormation could not be asked what still stands.
    """
    read = read_environments(environments, None)
    accounts = read_accounts(account)
    profiles = read_profiles(profile, read, zone_accounts_of(read).union(accounts))
    waves = plan_all(read)
    orphaned = None if offline else _ask_orphaned(read, profiles, accounts)

    from mailproof.rollout.plan_text import build_plan_json, build_plan_table

    text = build_plan_json(waves, orphaned) if output_format is PlanFormat.JSON else build_plan_table(waves)
    show(text)
    say(*orphaned.lines() if orphaned else ())
    raise typer.Exit(UNANSWERED if orphaned and orphaned.unanswered else 0)


def plan_all(environments: "Sequence[Environment]") -> "list[Wave]":
    """Compute the rollout; end with exit code 2 and what is wrong if the environments form no chain."""
    from mailproof.model.waves import build_rollout

    with command_errors():
        return build_rollout(environments)


def _ask_orphaned(
    environments: "Sequence[Environment]", profiles: dict[str, str], accounts: "Sequence[str]"
) -> "OrphanedStacks":
    from mailproof.change.programs import read_bootstraps
    from mailproof.check.orphaned_stacks import find_orphaned_stacks
    from mailproof.live.aws.clients import make_clients

    with command_errors():
        bootstraps = read_bootstraps()
    return find_orphaned_stacks(environments, lambda of: make_clients(profiles, of.name), bootstraps, accounts)
