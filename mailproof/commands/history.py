"""`mailproof history`: what the runs of the check that were kept say of a domain over time."""

from enum import StrEnum
from typing import Annotated

import typer

from mailproof.change.say import show, terminal_width
from mailproof.commands.errors import command_errors
from mailproof.commands.options import Mask
from mailproof.commands.parse_options import read_name


class HistoryFormat(StrEnum):
    """How a history is written."""

    TABLE = "table"
    JSON = "json"


def history(
    *,
    place: Annotated[
        str, typer.Argument(metavar="FOLDER|s3://BUCKET/PREFIX", help="Where `check --history` keeps its runs.")
    ],
    environment: Annotated[
        list[str] | None, typer.Option("--environment", metavar="NAME", help="Only this environment; may be repeated.")
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option("--domain", metavar="NAME", help="Only this domain; may be repeated.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="The AWS profile that may read the bucket.")
    ] = None,
    mask: Mask = False,
    form: Annotated[HistoryFormat, typer.Option("--format", help="How it is written.")] = HistoryFormat.TABLE,
) -> None:
    """
    Say what was wrong with a domain, since when, and until when.

    It reads what `check --history` has kept, and asks neither SES nor DNS. What a run could not judge is neither gone
    nor still there.

    Exit code 0: read, whatever it says.
    2: usage, or a run that cannot be read.
    3: the bucket did not answer.
    """
    domains = [read_name(name, "--domain") for name in domain or ()]
    with command_errors():
        from mailproof.history import life
        from mailproof.history.places import open_history
        from mailproof.live.aws.session import AwsSession
        from mailproof.report.mask import masked

        kept = open_history(place, lambda: AwsSession(profile).client("s3"))
        found = life.read_life(kept.runs(), life.Wanted(environment or (), domains))
        found = masked(found) if mask else found
    if form is HistoryFormat.JSON:
        show(life.build_json(found))
        return
    show(life.build_table(found, terminal_width()))
