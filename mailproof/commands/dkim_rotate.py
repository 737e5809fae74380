"""`mailproof dkim rotate`: exchange an own DKIM key, one proved step at a time."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from mailproof.commands.dkim_new_key import Domain, Environment
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DNS_TIMEOUT_S,
    DnsTimeout,
    Environments,
    Profiles,
    ResolverAddress,
)
from mailproof.commands.parse_options import read_environments, read_name, read_profiles, read_resolver


def rotate(
    environment: Environment,
    domain: Domain,
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    begin: Annotated[
        bool, typer.Option("--begin", help="Begin an exchange if none is under way: make a new key.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show the keys, the proofs and the step; change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take the step, without a question.")] = False,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: Profiles = None,
) -> None:
    """
    Take the next step from one own DKIM key to another.

    A new key is made, and its record published beside the old one. Then region after region signs with it. The old
    record stays for a week, is revoked, and is removed. Each step is written into the key file and deployed by a
    rollout; the next is taken only once DNS, CloudFormation and SES show that. The same command goes on, whenever.

    Exit code 0: the step is taken, or there is none.
    1: something is not proved yet, it is too early, or you declined.
    2: usage or environment file; the domain has no own key.
    3: something could not be asked.
    """
    if yes and plan:
        raise typer.BadParameter("shows only; leave out --yes", param_hint="--plan")
    everything = read_environments(environments, None)
    (read,) = read_environments(environments, [environment])
    name, server, profiles = read_name(domain), read_resolver(resolver), read_profiles(profile, [read])

    from mailproof.change.consent import Consent
    from mailproof.live.aws.clients import Clients
    from mailproof.live.aws.session import AwsSession, profile_of
    from mailproof.live.resolver import Budget
    from mailproof.model.command_lines import rotate_command
    from mailproof.own_keys.evidence import Witness
    from mailproof.own_keys.key_book import find_signer
    from mailproof.own_keys.make_key import KeyMaker
    from mailproof.own_keys.rotate import RotateOptions, Rotation

    with command_errors():
        found = find_signer(read, name)
        clients = Clients(AwsSession(profile_of(profiles, environment)))
        options = RotateOptions(begin, plan, Consent(yes=yes), datetime.now(UTC), rotate_command(read, name))
        witness = Witness(read, found, clients, server, Budget(dns_timeout))
        Rotation(witness, KeyMaker(read, clients), everything, options).take_step()
