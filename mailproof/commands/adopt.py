"""`mailproof adopt`: import existing identities and records into the environment's stacks."""

from pathlib import Path
from typing import Annotated

import typer

from mailproof.change.say import show
from mailproof.commands.assembly_option import Assembly, assembly_of
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    Domains,
    EnvironmentNames,
    Environments,
    Profiles,
    Regions,
)
from mailproof.commands.parse_options import read_environments, read_profiles, read_selection


def adopt(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    region: Regions = None,
    assembly: Assembly = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what exists and how it differs; import nothing.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="DIR", help="With --plan: write what `cdk import` needs, and print its command."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Adopt what is found, without a question.")] = False,
    profile: Profiles = None,
) -> None:
    """
    Import existing identities and records into the stacks of an environment.

    Shows first where each comes from and how it differs from what a deployment would make, and asks once. Nothing in
    SES or DNS changes; the next deployment changes what differs.

    Exit code 0: adopted, or nothing to adopt.
    1: something blocks the adoption, an import was undone, a deployment has to come first, or you declined.
    2: usage or environment file.
    3: something could not be asked, or CloudFormation refused; what is not adopted is as it was.
    """
    if yes and plan:
        raise typer.BadParameter("shows only; leave out --yes", param_hint="--plan")
    if output and not plan:
        raise typer.BadParameter("goes with --plan", param_hint="--output")
    chosen = read_environments(environments, environment)
    selection, profiles = read_selection(chosen, domain, region), read_profiles(profile, chosen)

    from mailproof.adopt.adopt import Adopter, AdoptOptions, adopt_all
    from mailproof.change.consent import Consent
    from mailproof.change.errors import same_command
    from mailproof.live.aws.session import profile_of

    with command_errors(), assembly_of(assembly, environments) as folder:
        options = AdoptOptions(
            assembly=folder,
            selection=selection,
            plan_only=plan,
            output=output,
            consent=Consent(yes=yes),
            resume=same_command(),
        )
        found_plans = []
        for found in chosen:
            adopter = Adopter(found, options, profile_of(profiles, found.name))
            import_plan = adopter.import_plan()
            show(adopter.report(import_plan))
            found_plans.append((adopter, import_plan))
        adopt_all(found_plans, options)
