"""An AWS of a few regions, for what asks all of them: a client and an answer each take longer than most tests."""

import pytest

ASKING = ("check.orphaned_stacks", "live.aws.stack_contents", "move.move_plan", "prune.account_search")


def leave_regions(patch: pytest.MonkeyPatch, *regions: str) -> None:
    """Let a partition have these regions alone."""
    for module in ASKING:
        patch.setattr(f"mailproof.{module}.regions_of_partition", lambda _: sorted(regions))
