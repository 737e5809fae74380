"""`mailproof dkim new-key`: make an own DKIM key straight into Secrets Manager."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

import typer

from mailproof.change.say import say, show_lines
from mailproof.commands.completion import environment_names
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Environments, Profiles
from mailproof.commands.parse_options import read_name, read_profiles

Environment: TypeAlias = Annotated[
    str, typer.Argument(metavar="ENV", autocompletion=environment_names, help="Environment of the domain.")
]
Domain: TypeAlias = Annotated[str, typer.Argument(metavar="DOMAIN", help="Sending domain.")]


def new_key(
    environment: Environment,
    domain: Domain,
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    selector: Annotated[
        str | None,
        typer.Option(
            "--selector",
            metavar="LABEL",
            help="Selector of the key; without it one made from the date, such as mp20261129.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Make it, without a question.")] = False,
    profile: Profiles = None,
) -> None:
    """
    Make an own DKIM key for a domain, of 2048 bits.

    The private half goes from memory into Secrets Manager, with copies in the regions of the domain, and nowhere else.
    The public half and the version of the secret go into the key file beside the environment's. If the domain has a
    key, regions that were added to the file get it too.

    Exit code 0: made.
    1: you declined.
    2: usage or environment file; there is a key in every region; the domain is parked or has its identity elsewhere.
    3: Secrets Manager could not be asked.
    """
    from mailproof.change.consent import Consent
    from mailproof.environments import load_environments
    from mailproof.live.aws.clients import Clients
    from mailproof.live.aws.session import AwsSession, profile_of
    from mailproof.model.dns_record import RecordType, zone_file_line
    from mailproof.model.txt import quote_txt
    from mailproof.own_keys.make_key import KeyMaker
    from mailproof.own_keys.new_key import NewKeyOptions, make_new_key, next_steps

    with command_errors():
        everything = load_environments(environments, without_keys=True)
        (read,) = load_environments(environments, environment, without_keys=True)
        name = read_name(domain)
        profiles = read_profiles(profile, [read])
        maker = KeyMaker(read, Clients(AwsSession(profile_of(profiles, environment))))
        options = NewKeyOptions(name, selector, Consent(yes=yes), datetime.now(UTC))
        key = make_new_key(read, everything, options, maker)
        show_lines(str(zone_file_line(key.record_name(name), RecordType.TXT, quote_txt(key.record))))
        say(*next_steps(read, name))
