"""Answers that describe a new environment."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mailproof.model.domain import parse_zone_id
from mailproof.model.errors import InvalidValue
from mailproof.model.names import parse_host_name

DEFAULT_NAME = "prod"
EXTERNAL = "external"
ZONE_FORM = f"NAME=ID, NAME=ID@ACCOUNT or NAME={EXTERNAL}"


@dataclass(frozen=True, slots=True)
class ZonePlace:
    """
    Where a zone is served.

    Attributes:
        id: Of the hosted zone; None with another DNS provider.
        account: Of the hosted zone, if another than the environment's.
    """

    id: str | None = None
    account: str | None = None

    def __str__(self) -> str:
        """Write it as it is given on the command line."""
        return (f"{self.id}@{self.account}" if self.account else self.id) or EXTERNAL


@dataclass(frozen=True, slots=True)
class Answers:
    """
    An environment that is to be written.

    Attributes:
        environment: Its name.
        account: The account that sends; None while it is not known.
        regions: The home region first.
        zones: By name.
        domains: Names of the sending domains.
    """

    environment: str = DEFAULT_NAME
    account: str | None = None
    regions: Sequence[str] = ()
    zones: Mapping[str, ZonePlace] = field(default_factory=dict)
    domains: Sequence[str] = ()

    def missing(self) -> list[str]:
        """Return the options that are still to be given."""
        given = {"--account": self.account, "--region": self.regions, "--zone": self.zones, "--domain": self.domains}
        return [option for option, value in given.items() if not value]

    def as_command(self) -> str:
        """Return the command that gives the same without questions, with examples of what is missing."""
        return shlex.join(["mailproof", "init", *self._options()])

    def _options(self) -> Iterator[str]:
        yield from ("--account", self.account or "111122223333")
        for region in self.regions or ("us-east-1",):
            yield from ("--region", region)
        domains = self.domains or tuple(self.zones) or ("example.com",)
        for name, place in (self.zones or {domains[0]: ZonePlace("Z0123456789EXAMPLE")}).items():
            yield from ("--zone", f"{name}={place}")
        for name in domains:
            yield from ("--domain", name)
        if self.environment != DEFAULT_NAME:
            yield from ("--environment", self.environment)


def parse_zone(text: str) -> tuple[str, ZonePlace]:
    """
    Read a zone as it is given on the command line.

    Raises:
        InvalidValue: It has another form.
    """
    name, sign, where = text.partition("=")
    if not sign or not where:
        raise InvalidValue("is not a zone", text, f"write {ZONE_FORM}")
    name = parse_host_name(name)
    if where == EXTERNAL:
        return name, ZonePlace()
    zone_id, _, account = where.partition("@")
    return name, ZonePlace(parse_zone_id(zone_id), account or None)
