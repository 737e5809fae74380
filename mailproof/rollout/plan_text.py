"""Print a rollout plan as text and JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from mailproof.check.orphaned_stacks import OrphanedStacks
from mailproof.model.safe_text import join_lines
from mailproof.model.waves import Wave

VERSION = 2


def build_plan_json(waves: Sequence[Wave], orphaned: OrphanedStacks | None) -> str:
    """
    Write a plan as JSON.

    Args:
        waves: All waves in their order.
        orphaned: Stacks that left the files; None if nobody asked.
    """
    stacks = None if orphaned is None else [asdict(stack) for stack in orphaned.found]
    plan: dict[str, Any] = {
        "version": VERSION,
        "waves": [
            asdict(wave) | {"first": list(map(list, wave.first)), "command": list(wave.command)} for wave in waves
        ],
        "orphaned_stacks": stacks,
        "leftovers": stacks,  # as version 1 named it; goes with the next release
        "unanswered": None if orphaned is None else list(orphaned.unanswered),
    }
    return json.dumps(plan, indent=2) + "\n"


def build_plan_table(waves: Sequence[Wave]) -> str:
    """Write a plan for people: one block per wave, its command first."""
    return "\n".join(_wave(number, wave) for number, wave in enumerate(waves, 1))


def _wave(number: int, wave: Wave) -> str:
    minutes = wave.gate_timeout_s // 60
    lines = [
        f"{number}. {wave.environment}, wave {wave.number}: {', '.join(wave.regions)}",
        *(["   approval  by a person, before it"] if wave.approval else []),
        *(f"   replica   {replica}" for replica in wave.replicas),
        *(
            f"   {'' if index else 'first':<9} {' '.join(command)}{'   (unless they are there)' * (not index)}"
            for index, command in enumerate(wave.first)
        ),
        f"   command   {' '.join(wave.command)}",
        *(
            f"   {'deploy' if not index else '':<9} {stack}{f'   (at most {wave.concurrency} at once)' * (not index)}"
            for index, stack in enumerate(wave.stacks)
        ),
        f"   gate      verified within {minutes} minutes{', then a message of each is sent' * wave.gate_probes}",
    ]
    return join_lines(*lines)
