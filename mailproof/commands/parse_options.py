"""Parse command-line options; errors exit 2."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS

if TYPE_CHECKING:
    from mailproof.check.selection import Selection
    from mailproof.live.transport import Server
    from mailproof.model.environment import Environment

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
DURATION = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[smhd])")


def read_environments(folder: Path, names: Sequence[str] | None) -> "list[Environment]":
    """
    Read the environment files; print what is wrong with them, one problem per line, and end with exit code 2.

    Args:
        folder: Holds the files.
        names: Environments to return; None returns all.
    """
    from mailproof.environments import load_environments

    with command_errors():
        return load_environments(folder, *names or ())


def read_environments_if_there(folder: Path, names: Sequence[str] | None) -> "list[Environment]":
    """Read the environment files of a command that can do without; of the default folder there need be none."""
    is_absent = folder == DEFAULT_ENVIRONMENTS and not folder.exists() and not names
    return [] if is_absent else read_environments(folder, names)


def read_selection(
    environments: "Sequence[Environment]", domains: Sequence[str] | None, regions: Sequence[str] | None
) -> "Selection":
    """Read `--domain` and `--region`; what no environment has is a usage error."""
    from mailproof.check.selection import Selection

    names = [read_name(name, "--domain") for name in domains or ()]
    known = {domain.name for environment in environments for domain in environment.domains}
    used = {region for environment in environments for region in environment.all_regions()}
    check_known("--domain", names, known)
    check_known("--region", regions or (), used)
    return Selection(frozenset(names), frozenset(regions or ()))


def read_name(text: str, option: str = "DOMAIN") -> str:
    """Read the name of a domain or zone, in any spelling."""
    from mailproof.model.errors import InvalidValue
    from mailproof.model.names import parse_host_name

    try:
        return parse_host_name(text)
    except InvalidValue as err:
        raise typer.BadParameter(str(err), param_hint=option) from err


def check_known(option: str, values: Iterable[str], known: set[str]) -> None:
    """Refuse a value that is in no environment that was chosen."""
    from mailproof.model.messages import did_you_mean

    for value in values:
        if value not in known:
            words = f"no chosen environment has {value!r}; {did_you_mean(value, known) or 'see the environment files'}"
            raise typer.BadParameter(words, param_hint=option)


def read_resolver(text: str | None) -> "Server | None":
    """Read `--resolver`."""
    from mailproof.live.transport import parse_server

    try:
        return parse_server(text) if text else None
    except ValueError as err:
        raise typer.BadParameter(str(err), param_hint="--resolver") from err


def read_max_age(text: str, option: str = "--max-age") -> timedelta:
    """Read `--max-age` and its like: a number and its unit; 0 needs none."""
    match = DURATION.fullmatch(text)
    if not match and text != "0":
        words = f"is not a duration, got {text!r}; write a whole number and a unit: 90m, 24h or 7d"
        raise typer.BadParameter(words, param_hint=option)
    return timedelta(**{UNITS[match["unit"]]: int(match["number"])}) if match else timedelta(0)


def read_profiles(
    values: Sequence[str] | None, environments: "Sequence[Environment]", accounts: Collection[str] = ()
) -> dict[str, str]:
    """
    Read `--profile`: environment name to profile, the empty name for all others.

    Args:
        values: As they are given.
        environments: Those that can be named.
        accounts: Ids of accounts that can be named as well, since they own zones.
    """
    known = {environment.name for environment in environments}.union(accounts)
    profiles = {}
    for value in values or ():
        name, sign, profile = value.rpartition("=")
        if sign and name not in known:
            raise typer.BadParameter(_unknown_profile(name, accounts), param_hint="--profile")
        profiles[name] = profile
    return profiles


def _unknown_profile(name: str, accounts: Collection[str]) -> str:
    if not name.isdecimal():
        return f"no chosen environment is named {name!r}"
    known = f"; accounts of zones are {', '.join(sorted(accounts))}" if accounts else ""
    return f"{name} is not the account of a zone that this command asks{known}"


def read_accounts(values: Sequence[str] | None) -> list[str]:
    """Read `--account`: ids of accounts that no file has to name."""
    from mailproof.live.aws.clients import ACCOUNT_ID

    for value in values or ():
        if not ACCOUNT_ID.fullmatch(value):
            raise typer.BadParameter(f"is not an account id of 12 digits, got {value!r}", param_hint="--account")
    return list(dict.fromkeys(values or ()))


def zone_accounts_of(environments: "Iterable[Environment]") -> set[str]:
    """Return the accounts that own zones of environments, beside their own."""
    return {zone.account for environment in environments for zone in environment.zones.values() if zone.account}
