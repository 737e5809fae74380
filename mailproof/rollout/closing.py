"""Say at the end of a rollout what stays behind, how long it took, and which command is next."""

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.check.orphaned_stacks import OrphanedStack
from mailproof.live.aws.stacks import Undeleted
from mailproof.model.environment import Environment
from mailproof.model.names import is_within
from mailproof.model.record_kind import DKIM, MAIL_FROM_MX, MAIL_FROM_SPF, PARKING, kind_of, words_on_leaving
from mailproof.model.resource_types import IDENTITY
from mailproof.model.wording import shorten
from mailproof.rollout.checks import Way
from mailproof.rollout.phase import Phase
from mailproof.template.losses import Fate, Loss

MINUTE_S = 60
OF_IDENTITIES = (DKIM, MAIL_FROM_MX, MAIL_FROM_SPF)
"""Kinds of records that `mailproof prune` removes with an identity."""


@dataclass(slots=True)
class Staying:
    """
    What an environment has in AWS and not in its file any more.

    Attributes:
        losses: That the guard has let pass.
        stacks: Of the environment, with nothing that a file asks for.
        hosts: Custom domain names that answer MTA-STS policies.
        undeleted: What CloudFormation could not delete.
    """

    losses: Sequence[Loss] = ()
    stacks: Sequence[OrphanedStack] = ()
    hosts: Sequence[str] = ()
    undeleted: list[Undeleted] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield a line for each, but not of `undeleted`, which comes up later."""
        retained = [loss for loss in self.losses if loss.fate is Fate.RETAINED]
        going = {domain for loss in retained for domain in loss.domains}
        for loss in retained:
            yield f"stays behind, in no stack: {', '.join(loss.words)}{_by_hand(loss, going)}"
        for host in self.hosts:
            what = f"custom domain name {host!r}, with its API and its certificate"
            yield f"stays behind, in no stack: {what}; delete them by hand"
        for stack in self.stacks:
            yield f"stays behind: {stack}"

    def for_prune(self, held_elsewhere: Collection[str]) -> int | None:
        """
        Count the identities that `mailproof prune` would remove; None if it finds nothing to remove or to name.

        Args:
            held_elsewhere: Domains whose identity the file has elsewhere: theirs may still be in use.
        """
        retained = [loss for loss in self.losses if loss.fate is Fate.RETAINED]
        found = [loss for loss in retained if not _is_of(loss, held_elsewhere)]
        count = sum(len(loss.domains) for loss in found) + sum(len(stack.domains) for stack in self.stacks)
        identities = sum(one.type == IDENTITY for one in self.undeleted)
        return count + identities if found or self.stacks or identities or self.hosts else None


def _by_hand(loss: Loss, going: Collection[str]) -> str:
    """Say of a single record that `mailproof prune` does not remove when a person may; of a group it says that."""
    kind = next(filter(None, (kind_of(loss.logical_id, name) for name in loss.names)), None)
    if kind is None or kind in PARKING or (kind in OF_IDENTITIES and _is_of(loss, going)):
        return ""
    return f"; {words_on_leaving(kind)}"


def _is_of(loss: Loss, domains: Collection[str]) -> bool:
    """Tell whether it is something of one of the domains."""
    return any(is_within(name, domain) for name in loss.names for domain in domains)


def in_left_zones(losses: Sequence[Loss], zones: Collection[str]) -> list[Loss]:
    """
    Return what stays in hosted zones that the files have left: a person deletes those, once nobody asks them.

    Args:
        losses: That the guard has let pass.
        zones: Hosted zones that any stack is to write to.
    """
    if any(loss.domains for loss in losses):  # a zone may be left with its last domain
        return []
    return [loss for loss in losses if loss.zones and not loss.zones & set(zones)]


def zone_lines(losses: Iterable[Loss]) -> Iterator[str]:
    """Yield what stays in hosted zones that the files have left, one line for each of these."""
    by_zone: dict[str, list[str]] = {}
    for loss in losses:
        by_zone.setdefault(" and ".join(sorted(loss.zones)), []).extend(loss.words)
    for zone, words in by_zone.items():
        yield f"stays in hosted zone {zone} until you delete that, once no resolver asks it any more: {shorten(words)}"


def let_go(losses: Iterable[Loss], wanted: Mapping[str, Way]) -> Iterator[str]:
    """
    Yield what was let go and another stack is to hold.

    Args:
        losses: That the guard has let pass.
        wanted: Switch of a loss to what takes it there.
    """
    for loss in losses:
        if loss.fate is Fate.RETAINED and loss.switch in wanted:
            yield f"stays live, in no stack: {', '.join(loss.words)}; {wanted[loss.switch].words}"


def tidying_command(command: tuple[str, ...], count: int) -> tuple[str, ...]:
    """
    Return the command that removes what stays behind, with the limit that it needs.

    Args:
        command: The one without.
        count: How many identities it removes.
    """
    return (*command, *(("--max-removals", str(count)) if count > DEFAULT_MAX_REMOVALS else ()))


def next_command(
    environment: Environment, environments: Iterable[Environment], waves: int, wave: int | None, phase: Phase | None
) -> tuple[str, ...]:
    """
    Return the command that comes after a successful one.

    Args:
        environment: That was rolled out.
        environments: All of them.
        waves: How many waves it has.
        wave: The only wave that was asked for.
        phase: The only part of each that was.
    """
    same = ("mailproof", "rollout", "run", environment.name)
    this = ("--wave", str(wave)) if wave else ()
    if phase is Phase.DIFF:
        return (*same, *this)
    if phase is Phase.DEPLOY:
        return (*same, *this, "--only", Phase.GATE.value)
    if wave and wave < waves:
        return (*same, "--wave", str(wave + 1))
    for following in environments:
        if following.rollout.after == environment.name:
            return ("mailproof", "rollout", "run", following.name)
    return ("mailproof", "check", "--environment", environment.name)


def closing_lines(name: str, left: Sequence[str], seconds: float, command: Sequence[str]) -> Iterator[str]:
    """
    Yield the last lines of a rollout.

    Args:
        name: The environment.
        left: What stays behind.
        seconds: How long it took.
        command: What is next.
    """
    yield from left
    following = f"; next: {shlex.join(command)}" if command else ""
    yield f"{name}: done in {format_duration(seconds)}{following}"


def format_duration(seconds: float) -> str:
    """Write a duration as people say it: ``12 s``, ``3 min 5 s``."""
    minutes, rest = divmod(round(seconds), MINUTE_S)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
