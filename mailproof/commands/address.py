"""`mailproof address`: addresses with an SES identity of their own."""

from typing import Annotated

import typer

from mailproof.commands.completion import environment_names
from mailproof.commands.errors import command_errors
from mailproof.commands.help_text import help_text
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Environments, Profiles, Regions
from mailproof.commands.parse_options import check_known, read_environments, read_profiles

address = typer.Typer(no_args_is_help=True, help="Verify the addresses that the files declare.")


def resend(
    environment: Annotated[
        str, typer.Argument(metavar="ENV", autocompletion=environment_names, help="The environment.")
    ],
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="As the file has them; without any, all of it.")
    ] = None,
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    region: Regions = None,
    profile: Profiles = None,
) -> None:
    """
    Have SES send its verification mail once more to addresses that are not verified.

    One mail for each address and region, whose link is good for 24 hours. Those that are verified get none. Nothing is
    sent again by itself: run the same command again.

    Exit code 0: sent, or verified already.
    1: there is no such identity yet.
    2: usage or environment file.
    3: SES could not be asked.
    """
    (read,) = read_environments(environments, [environment])
    profiles = read_profiles(profile, [read])

    from mailproof.change.verification_mail import find_addresses, resend
    from mailproof.live.aws.clients import Clients
    from mailproof.live.aws.session import AwsSession, profile_of
    from mailproof.model.names import identity_name

    names = [identity_name(name) for name in addresses or ()]
    check_known("ADDRESS", names, {one.name for _, one, _ in read.addresses()})
    check_known("--region", region or (), {where for _, _, where in read.addresses()})
    with command_errors():
        wanted = find_addresses(read, names, region or ())
        resend(read, Clients(AwsSession(profile_of(profiles, environment))), wanted)


address.command(help=help_text(resend))(resend)


@address.callback()
def _about() -> None:
    """Keep the name of the one command."""
