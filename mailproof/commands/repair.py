"""`mailproof repair`: put back what the stacks hold, where somebody has changed it outside CloudFormation."""

from typing import Annotated

import typer

from mailproof.commands.completion import environment_names
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Environments, Profiles
from mailproof.commands.parse_options import read_environments, read_profiles


def repair(
    environment: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ENV]...", autocompletion=environment_names, help="Environments to repair; without any, all."
        ),
    ] = None,
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    yes: Annotated[bool, typer.Option("--yes", help="Put back what is found, without a question.")] = False,
    profile: Profiles = None,
) -> None:
    """
    Put back what the deployed stacks hold, where it was deleted or changed outside CloudFormation.

    Identities that are gone, their settings, and records; exactly as the stacks hold them, not as the file has them.
    Shows what it will do and asks once. An identity comes back with new DKIM tokens, and its records follow. The same
    command again goes on where it was interrupted.

    Exit code 0: put back, or nothing to put back.
    1: something cannot be put back, a step failed, or you declined.
    2: usage or environment file.
    3: something could not be asked.
    """
    everything = read_environments(environments, None)
    chosen = read_environments(environments, environment)
    profiles = read_profiles(profile, chosen)

    from mailproof.change.consent import Consent
    from mailproof.change.errors import same_command
    from mailproof.live.aws.session import profile_of
    from mailproof.repair.run import RepairOptions, make_repairer, repair_all

    with command_errors():
        found = [make_repairer(each, profile_of(profiles, each.name), everything) for each in chosen]
        repair_all(found, RepairOptions(Consent(yes=yes), same_command()))
