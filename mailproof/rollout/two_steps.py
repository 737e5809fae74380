"""Changes that a file makes at once and that take two steps: which they are, and the way, to be pasted."""

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence

from mailproof.model.names import DKIM_LABEL
from mailproof.model.resource_types import RECORD_SET
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.live_things import LiveThing, live_things
from mailproof.template.losses import Fate, Loss
from mailproof.template.replicas import BereftReplica
from mailproof.template.type_changes import ALIAS


class TwoSteps:
    """
    Writes the ways.

    Args:
        environment: Name of the environment.
        place: Options that name the folder of the environment files.
        rollout: The command that rolls out all of it, as the one that is refused.
    """

    def __init__(self, environment: str, place: Sequence[str], rollout: str) -> None:
        self._environment = environment
        self._place = place
        self._rollout = rollout

    def parked(self, losses: Iterable[Loss], parked: Collection[str]) -> Iterator[str]:
        """
        Say which domains are to be parked though their identities are yet to go: preflight refuses them then.

        Args:
            losses: Of all stacks.
            parked: Domains that the file has parked.
        """
        for domain, stacks in _leaving(losses, parked).items():
            yield (
                f"{self._environment}: {domain!r} is to be parked, and its identity is still in {', '.join(stacks)}: "
                "that goes first, in a rollout of its own"
            )
            yield from _numbered(
                f"take {domain!r} off `parked`, too",
                self._allowing(domain),
                self._command("prune", "--environment", self._environment, "--remove"),
                f"put {domain!r} on `parked` again",
                *self._adopting(),
            )

    def given(self, losses: Iterable[Loss], wanted: Iterable[SynthesisedStack]) -> Iterator[str]:
        """
        Say of which identities DKIM records would be asked for by name, while those that stay may be the same.

        Args:
            losses: Of all stacks.
            wanted: All stacks as they are to be.
        """
        retained = [loss for loss in losses if loss.fate is Fate.RETAINED and loss.domains]
        named = {_owner_of(thing) for thing in live_things(wanted) if retained and _is_dkim(thing)}
        for domain, stacks in _leaving(retained, named).items():
            yield (
                f"{self._environment}: identity {domain!r} would leave {', '.join(stacks)}, and the file names DKIM "
                "records of it: those in its hosted zone leave their resources first, then others take them in"
            )
            yield from _numbered(
                f"write `identity: elsewhere` for {domain!r}",
                self._allowing(domain),
                f"write the `identity` of {domain!r} as it is now",
                *self._adopting(),
            )

    def bereft(self, replicas: Sequence[BereftReplica]) -> Iterator[str]:
        """
        Say which replicas use keys that would go.

        Args:
            replicas: That stacks hold.
        """
        yield from map(str, replicas)
        parents: dict[str, list[str]] = {}
        for found in replicas:
            if found.is_leaving and found.parent not in parents.setdefault(found.domain, []):
                parents[found.domain].append(found.parent)
        for domain, regions in parents.items():
            yield from _numbered(
                f"let the file have {domain!r} as before, but with `regions: [{', '.join(regions)}]`",
                self._allowing(domain),
                "make the change again",
                self._allowing(domain),
            )

    def _adopting(self) -> tuple[str, str]:
        return self._command("adopt", "--environment", self._environment), self._rollout

    def _allowing(self, domain: str) -> str:
        return f"{self._rollout} {shlex.join(['--allow', domain])}"

    def _command(self, *words: str) -> str:
        return shlex.join(["mailproof", *words, *self._place])


def _leaving(losses: Iterable[Loss], domains: Collection[str]) -> dict[str, list[str]]:
    """Return the domains, of some, whose identities leave stacks, each with these."""
    found: dict[str, list[str]] = {}
    for loss in losses:
        for domain in sorted({name.rpartition("@")[2] for name in loss.domains} & {*domains}):
            if loss.stack not in found.setdefault(domain, []):
                found[domain].append(loss.stack)
    return found


def _is_dkim(thing: LiveThing) -> bool:
    """Tell whether it is a record of keys of SES whose name the template tells."""
    return thing.key[0] == RECORD_SET and thing.key[-2] == ALIAS and DKIM_LABEL in thing.name


def _owner_of(thing: LiveThing) -> str:
    return thing.name.partition(DKIM_LABEL)[2]


def _numbered(*steps: str) -> Iterator[str]:
    yield from (f"  {number}. {step}" for number, step in enumerate(steps, 1))
