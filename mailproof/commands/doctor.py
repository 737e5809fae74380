"""`mailproof doctor`: what this machine lacks, and how to get it."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from mailproof.change.say import say, show, show_lines, terminal_width
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Environments, Profiles, ResolverAddress
from mailproof.commands.parse_options import read_profiles, read_resolver

DNS_LIMIT_S = 3.0
ATTEMPTS = 2
"""Of a call to AWS: what does not answer is a finding here, and nothing to wait for."""


class DoctorFormat(StrEnum):
    """How it is written."""

    TABLE = "table"
    JSON = "json"


def doctor(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    resolver: ResolverAddress = None,
    profile: Profiles = None,
    form: Annotated[DoctorFormat, typer.Option("--format", help="How it is written.")] = DoctorFormat.TABLE,
) -> None:
    """
    Say what this machine and folder lack to use mailproof, and how to get it. Changes nothing.

    Looks at Python, Node and the CDK, this folder, the environment files, whose the credentials are, the clock and the
    resolvers. AWS is asked for one thing: which account the credentials belong to.

    Exit code 0: nothing is missing.
    1: something is.
    2: usage.
    3: something could not be asked, and nothing is known to be missing.
    """
    server = read_resolver(resolver)

    from mailproof.doctor.aws import probe_aws
    from mailproof.doctor.folder import probe_folder, read
    from mailproof.doctor.programs import probe_programs
    from mailproof.doctor.report import build_json, build_lines, exit_code
    from mailproof.doctor.resolver import probe_dns
    from mailproof.live.aws.session import AwsSession
    from mailproof.live.system_resolvers import system_resolvers

    found, told = read(environments)
    profiles = read_profiles(profile, found)
    say("Looking at the programs …")
    probes = [*probe_programs(Path()), probe_folder(Path()), *told]
    say("Asking AWS whose the credentials are …")
    probes += probe_aws(found, profiles, partial(AwsSession, attempts=ATTEMPTS))
    say("Asking the resolvers …")
    probes += probe_dns([server] if server else system_resolvers(), DNS_LIMIT_S)
    if form is DoctorFormat.JSON:
        show(build_json(probes))
    else:
        show_lines(*build_lines(probes, terminal_width()))
    raise typer.Exit(exit_code(probes))
