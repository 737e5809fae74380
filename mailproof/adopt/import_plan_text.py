"""Print an import plan."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from mailproof.adopt.difference import CHANGES
from mailproof.adopt.import_plan_result import Adoption, Blocker, ImportPlan
from mailproof.model.safe_text import join_lines


def build_plan_text(environment: str, import_plan: ImportPlan) -> str:
    """Write what can be adopted, and how it differs from the template."""
    if not import_plan.adoptions:
        return "" if import_plan.blockers or import_plan.unanswered else f"{environment}: nothing to adopt\n"
    lines: list[str] = []
    for path, found in groupby(import_plan.adoptions, key=lambda adoption: adoption.stack.path):
        lines += [path, *(line for adoption in found for line in _adoption(adoption))]
    return join_lines(*lines, _outlook(import_plan.adoptions))


def _adoption(found: Adoption) -> Iterator[str]:
    how = "" if found.needs_import else "; the next deployment takes it over as it is"
    if found.after:
        how = f"; only after `cdk deploy {found.after}`, whose outputs its stack reads"
    yield f"  {found.words}, {found.origin}{how}"
    yield from (f"    {difference}" for difference in found.differences)
    if not found.differences:
        yield "    as wanted"


def _outlook(adoptions: Sequence[Adoption]) -> str:
    count = sum(difference.outcome == CHANGES for found in adoptions for difference in found.differences)
    what = f"changes what is listed, {count} in all" if count else "changes nothing of what is adopted"
    return f"An import changes nothing in SES or DNS. The deployment after it {what}."


def blocker_lines(blockers: Iterable[Blocker]) -> Iterator[str]:
    """Yield the blockers; those with the same steps come together."""
    by_steps: dict[tuple[str, ...], list[Blocker]] = {}
    for found in blockers:
        by_steps.setdefault(found.steps, []).append(found)
    for steps, together in by_steps.items():
        yield from (f"{found.stack}: {found.words}" for found in together)
        yield from (f"  {number}. {step}" for number, step in enumerate(steps, 1))
