"""`mailproof dmarc policy`: which DMARC policy is in force for a name, and why."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import show
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DNS_TIMEOUT_S,
    DnsTimeout,
    EnvironmentNames,
    Environments,
    ResolverAddress,
)
from mailproof.commands.parse_options import read_environments, read_resolver

if TYPE_CHECKING:
    from mailproof.dmarc.policy import Asked
    from mailproof.model.environment import Environment


class PolicyFormat(StrEnum):
    """How policies are written."""

    TABLE = "table"
    JSON = "json"
    ZONE = "zone"
    """The records alone by which hosts agree to take reports, for whoever holds them."""


def policy(
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="From names, in the files or not; without any: all of the files."),
    ] = None,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    form: Annotated[PolicyFormat, typer.Option("--format", help="How it is written.")] = PolicyFormat.TABLE,
) -> None:
    """
    Say which DMARC policy is in force for a From name and for names below it, and by which record.

    As receivers find it that walk the DNS tree (RFC 9989), and where it is another for those that take the public
    suffix list (RFC 7489); which hosts have agreed to take reports; and what a deployment would take out of the record.
    --format zone writes the records by which hosts outside agree, as a zone file to hand on.

    Exit code 0: every name has a policy.
    1: one has none.
    2: usage or environment file.
    3: something could not be asked.
    """
    chosen = read_environments(environments, environment)
    server = read_resolver(resolver)
    with command_errors():
        from mailproof.dmarc import policy_text
        from mailproof.dmarc.policy import exit_code, find_policies
        from mailproof.live.resolver import Budget

        found = find_policies(_asked(chosen, names), server, Budget(dns_timeout))
    builders = {
        PolicyFormat.TABLE: policy_text.build_table,
        PolicyFormat.JSON: policy_text.build_json,
        PolicyFormat.ZONE: policy_text.build_zone,
    }
    show(builders[form](found))
    raise typer.Exit(exit_code(found))


def _asked(environments: "Sequence[Environment]", names: Sequence[str] | None) -> "list[Asked]":
    from mailproof.dmarc.policy import Asked
    from mailproof.model.errors import InvalidValue
    from mailproof.model.names import parse_internet_name

    listed = {
        domain.name: Asked(domain.name, environment.name, domain.dmarc)
        for environment in reversed(environments)
        for domain in environment.domains
    }
    if not names:
        return [listed[domain.name] for environment in environments for domain in environment.domains]
    try:
        wanted = dict.fromkeys(map(parse_internet_name, names))
    except InvalidValue as err:
        raise typer.BadParameter(str(err), param_hint="NAME") from err
    return [listed.get(name, Asked(name)) for name in wanted]
