"""Rollout of an environment: what its file says, and which region belongs to which wave."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mailproof.model.errors import describe

CONCURRENCY_LIMIT = 8  # above it CloudFormation throttles the CDK's polling: aws-cdk-cli#1777
GATE_TIMEOUT_LIMIT_MINUTES = 240  # a hosted job and a role's session are to outlast it

Waves = tuple[tuple[str, ...], ...]
"""Regions, wave by wave."""


class WaveOrder(StrEnum):
    """Orders that place every region themselves, one that is added later too."""

    CANARY = "canary"
    """The home region first, all others after it."""
    ALL = "all"
    """All regions at once."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """
    The ``rollout`` of an environment file.

    Attributes:
        after: The environment that goes before; None for the first.
        approval: Whether a person agrees before the first wave.
        waves: An order, or the regions wave by wave.
        concurrency: Stacks that are deployed at once within a wave.
        gate_timeout_minutes: How long a wave may take to verify.
        gate_probes: Whether messages are sent then.
        after_line: Where `after` stands in its file.
    """

    after: str | None = None
    approval: bool = False
    waves: WaveOrder | Waves = WaveOrder.CANARY
    concurrency: int = 2
    gate_timeout_minutes: int = 30
    gate_probes: bool = False
    after_line: int | None = field(default=None, compare=False)

    def order(self, regions: tuple[str, ...]) -> Waves:
        """
        Spread regions over waves.

        Args:
            regions: Every region that some domain sends from, the home region first.

        Returns:
            No wave is empty, and every region is in one, provided that the file was found to be right.
        """
        if self.waves is WaveOrder.ALL:
            waves: Waves = (regions,)
        elif self.waves is WaveOrder.CANARY:
            waves = (regions[:1], regions[1:])
        else:
            waves = tuple(tuple(region for region in wave if region in regions) for wave in self.waves)
        return tuple(wave for wave in waves if wave)


def check_waves(
    waves: WaveOrder | Waves, used: Sequence[str], listed: Sequence[str]
) -> Iterator[tuple[tuple[int, ...], str]]:
    """
    Find regions that stand in no wave, in two, or do not belong to the environment, and waves without a stack.

    Args:
        waves: What the file says; an order places every region itself.
        used: Regions that some domain sends from.
        listed: The environment's own regions, used or not.

    Yields:
        Where below ``rollout.waves``, and what is wrong.
    """
    if isinstance(waves, WaveOrder):
        return
    first: dict[str, tuple[int, int]] = {}
    known = dict.fromkeys((*listed, *used))
    for number, wave in enumerate(waves):
        for index, region in enumerate(wave):
            if region not in known:
                what = "is not a region of this environment"
                yield (number, index), describe(what, region, f"choose from {', '.join(known)}, or take it out")
            elif region in first:
                place = "[{}][{}]".format(*first[region])
                yield (number, index), describe(f"is in {place} already", region, "keep one")
            first.setdefault(region, (number, index))
        if not set(wave) & set(used) and set(wave) <= known.keys():
            yield (number,), describe("holds no stack: no domain sends from there", [*wave], "take the wave out")
    for region in used:
        if region not in first:
            yield (
                (),
                describe("leaves out a region that domains send from", region, "add it to a wave, or write canary"),
            )
