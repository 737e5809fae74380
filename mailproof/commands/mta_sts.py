"""`mailproof mta-sts`: the policies that something has to serve."""

from pathlib import Path
from typing import Annotated

import typer

from mailproof.change.say import show_lines
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Domains, EnvironmentNames, Environments
from mailproof.commands.parse_options import read_environments, read_selection


def mta_sts(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write each policy below it, by host and path, for a web server."),
    ] = None,
) -> None:
    """
    Print the MTA-STS policy of each domain that has one in the file, and where it is to be served.

    As text/plain, over HTTPS with a certificate for the host, without a redirect. `mailproof check` fetches it there
    and compares it with the file.
    """
    chosen = read_environments(environments, environment)
    selection = read_selection(chosen, domain, None)
    with command_errors():
        from mailproof.model.mta_sts import POLICY_PATH, policy_host
        from mailproof.output_file import write_file

        for read in chosen:
            for found in selection.domains_of(read):
                if found.mta_sts is None:
                    continue
                host = policy_host(found.name)
                show_lines(f"https://{host}{POLICY_PATH}", *found.mta_sts.text.splitlines(), "")
                if output:
                    path = output / host / POLICY_PATH.lstrip("/")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    write_file(path, found.mta_sts.text)
