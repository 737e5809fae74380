"""The change of a TXT set, for a person."""

from collections.abc import Iterator

from mailproof.apex_spf.change import ApexChange
from mailproof.apex_spf.cost import ANSWER_LIMIT_BYTES, LOOKUPS_LIMIT, RECORD_ADVICE_BYTES, VOID_LIMIT, Cost


def change_lines(change: ApexChange) -> Iterator[str]:
    """Yield the texts, those that go and come marked, and what the record costs before and after."""
    yield f"{change.domain.name} TXT"
    yield from (f"{'  ' if text in change.after else '- '}{text}" for text in change.before.texts)
    yield from (f"+ {text}" for text in change.after if text not in change.before.texts)
    yield from cost_lines(change.cost_after, change.cost_before)


def cost_lines(cost: Cost, before: Cost) -> Iterator[str]:
    """Yield the tree of names and the limits."""
    for branch in cost.branches:
        void = ", nothing there" if branch.is_void else f", {branch.unanswered}" if branch.unanswered else ""
        yield f"  {'  ' * branch.depth}{branch.term}  {branch.lookups}{void}"
    sizes = (
        f"record {cost.record_bytes} of {RECORD_ADVICE_BYTES} bytes, answer {cost.answer_bytes} of {ANSWER_LIMIT_BYTES}"
    )
    yield (
        f"lookups {cost.lookups} of {LOOKUPS_LIMIT} (before: {before.lookups}), "
        f"names without anything {cost.voids} of {VOID_LIMIT}, "
        f"{sizes} bytes"
    )
