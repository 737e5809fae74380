"""Print the steps of a move."""

from collections.abc import Sequence

from mailproof.adopt.import_plan_text import build_plan_text
from mailproof.model.safe_text import join_lines
from mailproof.move.move_plan import MovePlan
from mailproof.move.steps import Step


def build_move_text(environment: str, plan: MovePlan) -> str:
    """Write what moves, how it differs from the template, and the steps."""
    if not plan.steps:
        is_clear = not (plan.found.blockers or plan.found.unanswered)
        return f"{environment}: nothing to move\n" if is_clear else ""
    what = build_plan_text(environment, plan.found) if plan.found.adoptions else ""
    return what + join_lines(*_steps(environment, plan.steps))


def _steps(environment: str, steps: Sequence[Step]) -> list[str]:
    head = f"{environment}: what is released stays live, in no stack until it is imported; the steps:"
    return [head, *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]
