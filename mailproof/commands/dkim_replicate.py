"""`mailproof dkim replicate`: make the replicas of a key of SES (Deterministic Easy DKIM)."""

from typing import Annotated

import typer

from mailproof.change.say import show_lines
from mailproof.commands.dkim_new_key import Environment
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Environments, Profiles
from mailproof.commands.parse_options import check_known, read_environments, read_name, read_profiles


def replicate(
    environment: Environment,
    domains: Annotated[
        list[str] | None, typer.Argument(metavar="[DOMAIN]...", help="Sending domains; without any, all of them.")
    ] = None,
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    policy: Annotated[bool, typer.Option("--policy", help="Print the IAM policy that it takes; ask nobody.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Make them, without a question.")] = False,
    profile: Profiles = None,
) -> None:
    """
    Make the identities that are replicas of another region's, which CloudFormation cannot make.

    For domains with `dkim: {replica_of: REGION}`. The parent has to be there and verified. Each replica signs with its
    key, so that its records serve all. What is there already stays as it is. `mailproof adopt` then takes the replicas
    into their stacks, and a rollout sets the rest.

    Exit code 0: made, or there already.
    1: a parent is missing or cannot be one, an identity has other keys, or you declined.
    2: usage or environment file; there is no replica to make.
    3: SES could not be asked, or refused.
    """
    if yes and policy:
        raise typer.BadParameter("prints only; leave out --yes", param_hint="--policy")
    (read,) = read_environments(environments, [environment])
    profiles = read_profiles(profile, [read])

    from mailproof.change.consent import Consent
    from mailproof.change.replication import Replicator, build_policy, find_replicas
    from mailproof.live.aws.clients import Clients
    from mailproof.live.aws.session import AwsSession, profile_of
    from mailproof.model.command_lines import replicate_command

    names = [read_name(name) for name in domains or ()]
    check_known("DOMAIN", names, {domain.name for domain in read.domains})
    with command_errors():
        replicas = find_replicas(read, names)
        if policy:
            show_lines(*build_policy(read.account, replicas).splitlines())
            return
        command = f"{replicate_command(read, *names)} --policy"
        clients = Clients(AwsSession(profile_of(profiles, environment)))
        Replicator(read, clients, Consent(yes=yes), command).run(replicas)
