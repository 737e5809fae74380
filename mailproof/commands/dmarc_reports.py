"""`mailproof dmarc reports`: who sends as our domains, by the aggregate reports of receivers."""

from pathlib import Path
from typing import Annotated

import typer

from mailproof.change.say import say, show
from mailproof.commands.dmarc_reading import Offline, Paths, know_ours, read_files
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, EnvironmentNames, Environments, Profiles
from mailproof.commands.output import check_outputs
from mailproof.commands.parse_options import read_environments_if_there, read_profiles
from mailproof.dmarc.formats import ReportsFormat
from mailproof.exit_codes import UNANSWERED, USAGE
from mailproof.output_file import write_file


def reports(
    *,
    paths: Paths,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    profile: Profiles = None,
    offline: Offline = False,
    form: Annotated[ReportsFormat, typer.Option("--format", help="How it is written.")] = ReportsFormat.TABLE,
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", metavar="FILE", help="Write it to this file as well: .json, .html; may be repeated."),
    ] = None,
) -> None:
    """
    Say who sends as our domains, and what of it aligns by DKIM or SPF, by aggregate reports of receivers.

    Mail of SES is told by the signing domain and the DKIM tokens of its identities. A parked domain whose mail passes
    is in use, and named. Reports are read on this machine; nobody is asked about what they hold. Needs the extra
    mailproof[reports].

    Exit code 0: all was read.
    2: usage or environment file, or parsedmarc is not installed.
    3: something could not be read.
    """
    check_outputs(output)
    chosen = read_environments_if_there(environments, environment)
    if not chosen:
        say("without environment files nothing is known to be ours")
    profiles = read_profiles(profile, chosen)
    with command_errors():
        from mailproof.dmarc.sources import by_domain

        reading = read_files(paths)
        domains = by_domain(reading.reports, know_ours(chosen, reading, profiles, offline=offline))
    show(form.build(reading, domains))
    code = UNANSWERED if reading.unread or reading.lost_records or not reading.reports else 0
    for path in output or ():
        try:
            write_file(path, form.of(path).build(reading, domains))
        except OSError as err:
            say(f"{path}: cannot be written ({err.strerror})")
            code = code or USAGE
    raise typer.Exit(code)
