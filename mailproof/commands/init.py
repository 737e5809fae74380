"""`mailproof init`: writes what a repository needs to deploy with mailproof."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say, show_lines
from mailproof.commands.completion import region_names
from mailproof.commands.errors import command_errors
from mailproof.exit_codes import USAGE

if TYPE_CHECKING:
    from mailproof.scaffold.answers import Answers, ZonePlace

ZONE_HELP = (
    "A zone that holds records: NAME=ID of a hosted zone, NAME=ID@ACCOUNT of one in another account, NAME=external at "
    "another DNS provider; may be repeated."
)


def init(
    *,
    account: Annotated[str | None, typer.Option(metavar="ID", help="AWS account that sends.")] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", autocompletion=region_names, help="Region to send from; may be repeated, home region first."
        ),
    ] = None,
    zone: Annotated[list[str] | None, typer.Option(metavar="NAME=WHERE", help=ZONE_HELP)] = None,
    domain: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Domain that sends; may be repeated.")
    ] = None,
    environment: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the environment: the stem of its file.")
    ] = "prod",
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="AWS profile to look with, where something is left to be asked.")
    ] = None,
) -> None:
    """
    Write what this folder needs to deploy with mailproof.

    That is the environment file, an app of three lines, and the requirements in the versions that were tested. What no
    option says is asked at a terminal, with what the credentials at hand find as a proposal: account, hosted zones and
    identities are read, nothing is changed. No file that is there is touched.

    Exit code 0: written; it says what, and what is next.
    2: usage, or what is asked for makes no environment; nothing was written.
    """
    with command_errors():
        from mailproof.environments import check_new_file
        from mailproof.scaffold.answers import Answers
        from mailproof.scaffold.files import build_files
        from mailproof.scaffold.next_steps import next_steps
        from mailproof.scaffold.write import divide, tell, write_all

        _check_name(environment)
        answers = Answers(environment, account, region or (), _read_zones(zone or ()), domain or ())
        if missing := answers.missing():
            answers = _ask(answers, missing, profile)
        files = list(build_files(answers))
        written, kept = divide(files, Path())
        if files[0] in written:
            check_new_file(files[0].path, files[0].text)
        write_all(written, Path())
    show_lines(*tell(written, kept), *next_steps(answers))


def _check_name(environment: str) -> None:
    from mailproof.model.file_values import NAME_SIGNS
    from mailproof.model.stack_id import NAME

    if not NAME.fullmatch(environment):
        raise typer.BadParameter(
            f"names no environment, got {environment!r}; use {NAME_SIGNS}", param_hint="--environment"
        )


def _read_zones(values: "list[str] | tuple[()]") -> "dict[str, ZonePlace]":
    from mailproof.model.errors import InvalidValue
    from mailproof.scaffold.answers import parse_zone

    try:
        return dict(map(parse_zone, values))
    except InvalidValue as err:
        raise typer.BadParameter(str(err), param_hint="--zone") from err


def _ask(answers: "Answers", missing: list[str], profile: str | None) -> "Answers":
    """Ask at a terminal for what is missing; without one, say what to type."""
    from functools import partial

    from mailproof.change.consent import ask_terminal, is_terminal
    from mailproof.live.aws.session import AwsSession
    from mailproof.scaffold.found import find_domains, look
    from mailproof.scaffold.questions import Questions

    if not is_terminal():
        say(f"{', '.join(missing)} missing, and there is no terminal to ask; type:", f"  {answers.as_command()}")
        raise typer.Exit(USAGE)
    say("Looking for what the credentials at hand reach; nothing is changed …")
    session = AwsSession(profile)
    answers = Questions(ask_terminal, look(session), partial(find_domains, session)).complete(answers)
    say(f"The same without questions: {answers.as_command()}")
    return answers
