"""Stacks of an environment: what each holds, and its name in CloudFormation, put together and taken apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

STACK_PREFIX = "mailproof"
# Of an environment and of a group of domains. The CDK strips a hyphen at the end: two names would become one.
NAME = re.compile(r"[a-z]([a-z0-9-]{0,29}[a-z0-9])?")
SHARE = re.compile(r"[1-9][0-9]?")
ACCOUNT = re.compile(r"[0-9]{12}")


class StackKind(StrEnum):
    """What a stack holds."""

    REGION = "region"
    """Identities of one region, with their records in zones of the same account."""
    DNS = "dns"
    """Records that serve all regions, in zones of one account; deployed before the identities."""
    REGIONAL_DNS = "regional-dns"
    """Records of one region in zones of another account; deployed after the identities, whose DKIM tokens they read."""


@dataclass(frozen=True, slots=True)
class StackId:
    """
    Says which stack of an environment is meant.

    Attributes:
        environment: Name of the environment.
        kind: What it holds.
        region: AWS region it is deployed to.
        zone_account: The other account it is deployed to; None for the environment's own.
        group: The ``stack`` of its domains or the number of their share from 2 on; empty for the first.
        deployed_as: The name of the environment in the names of its stacks, if it has another now; else empty.
    """

    environment: str
    kind: StackKind
    region: str
    zone_account: str | None = None
    group: str = ""
    deployed_as: str = ""

    @property
    def id(self) -> str:
        """Construct id below the environment's Stage: ``ses-eu-west-1-brand``, ``dns``, ``dns-99998888…-eu-west-1``."""
        parts = (
            "ses" if self.kind is StackKind.REGION else "dns",
            self.zone_account,
            None if self.kind is StackKind.DNS else self.region,
            self.group,
        )
        return "-".join(filter(None, parts))

    @property
    def path(self) -> str:
        """The id by which the CDK's command line selects it: ``prod/ses-eu-west-1``."""
        return f"{self.environment}/{self.id}"

    @property
    def stack_name(self) -> str:
        """Its name in CloudFormation."""
        return f"{STACK_PREFIX}-{self._name}-{self.id}"

    @property
    def description(self) -> str:
        """Its description in CloudFormation; says the environment where the name leaves it open."""
        if self.kind is StackKind.REGION:
            return f"Sending domains of {self._name} in {self.region}"
        return f"DNS records of the sending domains of {self._name}"

    @property
    def _name(self) -> str:
        return self.deployed_as or self.environment

    @staticmethod
    def parse(stack_name: str, region: str) -> "tuple[StackId, ...]":
        """
        Take a stack's name apart: the inverse of `stack_name`.

        Names of environments and groups may hold hyphens, so that there can be several answers:
        ``mailproof-prod-ses-eu-west-1-dns`` is group ``dns`` of ``prod`` or the DNS stack of ``prod-ses-eu-west-1``.
        What the stack holds and its description tell which it is.

        Args:
            stack_name: Name of any stack.
            region: AWS region in which it is.

        Returns:
            Every id with that name, the longest name of an environment first; none for a stack of others.
        """
        prefix, *parts = stack_name.split("-")
        if prefix != STACK_PREFIX:
            return ()
        splits = (("-".join(parts[:at]), "-".join(parts[at:])) for at in range(len(parts) - 1, 0, -1))
        return tuple(
            found
            for environment, stack_id in splits
            if NAME.fullmatch(environment)
            for found in _parse_id(environment, stack_id, region)
        )


def _parse_id(environment: str, stack_id: str, region: str) -> Iterator[StackId]:
    _, _, rest = stack_id.partition("-")
    account, *_ = rest.split("-")
    elsewhere = [account] if ACCOUNT.fullmatch(account) else []
    ungrouped = [
        StackId(environment, StackKind.REGION, region),
        *(StackId(environment, StackKind.REGIONAL_DNS, region, account) for account in elsewhere),
        *(StackId(environment, StackKind.DNS, region, account) for account in [*elsewhere, None]),
    ]
    for stack in ungrouped:
        if stack_id == stack.id:
            yield stack
        elif stack_id.startswith(f"{stack.id}-"):
            group = stack_id.removeprefix(f"{stack.id}-")
            if NAME.fullmatch(group) or SHARE.fullmatch(group):
                yield replace(stack, group=group)
