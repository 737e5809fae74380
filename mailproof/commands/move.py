"""`mailproof move`: take what is live from one stack into another."""

from typing import Annotated

import typer

from mailproof.change.say import show
from mailproof.commands.assembly_option import Assembly, assembly_of
from mailproof.commands.completion import environment_names
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Domains, Environments, Profiles, Regions
from mailproof.commands.parse_options import read_environments, read_profiles, read_selection


def move(
    environment: Annotated[
        str,
        typer.Argument(
            metavar="ENV", autocompletion=environment_names, help="Environment whose stacks are to hold it."
        ),
    ],
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    domain: Domains = None,
    region: Regions = None,
    assembly: Assembly = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what moves, in which steps; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Move what is found, without a question.")] = False,
    profile: Profiles = None,
) -> None:
    """
    Take what is live into the stacks where the files put it, from other mailproof stacks, without a gap.

    Shows what moves and in which steps, and asks once. Each step releases resources from a stack, which stay live, or
    imports them into another. After each, SES and Route 53 are asked whether all is as before. Nothing is deleted or
    recreated. Interrupted, the same command goes on.

    Exit code 0: moved, or nothing to move.
    1: something is in the way, a step failed, or you declined.
    2: usage or environment file.
    3: something could not be asked; all that moves is live.
    """
    if yes and plan:
        raise typer.BadParameter("shows only; leave out --yes", param_hint="--plan")
    everything = read_environments(environments, None)
    (read,) = read_environments(environments, [environment])
    selection, profiles = read_selection([read], domain, region), read_profiles(profile, [read])

    from mailproof.adopt.import_plan_text import blocker_lines
    from mailproof.change.consent import Consent
    from mailproof.change.errors import same_command
    from mailproof.change.say import say
    from mailproof.change.stack_update import StackUpdater
    from mailproof.live.aws.clients import Clients
    from mailproof.live.aws.session import AwsSession, profile_of
    from mailproof.model.command_lines import rollout_command
    from mailproof.model.placement import plan_stacks
    from mailproof.move.move_plan import MovePlanner
    from mailproof.move.mover import MoveOptions, Mover
    from mailproof.move.steps_text import build_move_text
    from mailproof.template.cloud_assembly import check_assembly, read_assembly

    with command_errors(), assembly_of(assembly, environments) as folder:
        options = MoveOptions(
            plan_only=plan,
            consent=Consent(yes=yes),
            resume=same_command(),
            following=rollout_command(read),
        )
        stacks = read_assembly(folder, environment)
        planned = [found.id.path for found in plan_stacks(read)]
        check_assembly(stacks, planned, folder)
        say("Looking for what other stacks hold …")
        session = AwsSession(profile_of(profiles, environment))
        updater = StackUpdater(Clients(session))
        found = MovePlanner(read, everything, {path: stacks[path] for path in planned}, updater).run(selection)
        say(*found.found.notes, *blocker_lines(found.found.blockers), *found.found.unanswered)
        show(build_move_text(environment, found))
        Mover(read, options, updater, StackUpdater(Clients(session, prefer_roles=True))).move(found)
