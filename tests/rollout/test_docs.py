"""What docs/rollout.md shows works as it stands."""

import re
from pathlib import Path

from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.model.pipeline import read_pipeline
from mailproof.model.rollout import Rollout
from mailproof.template.losses import Fate, Loss, refuse_losses
from tests.model.reading import GOOD, read

PAGE = (Path(__file__).parents[2] / "docs" / "rollout.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:yaml|text)\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_of_an_environment_is_right() -> None:
    """It asks for an approval and otherwise shows the defaults."""
    assert read(GOOD + BLOCKS[0]).rollout == Rollout(after="staging", approval=True)


def test_the_example_of_the_guard_is_what_it_says() -> None:
    """Word by word."""
    stack, name = "prod/ses-eu-west-1", "IdentityExampleCom19CB0CFC"
    loss = Loss(stack, name, Fate.DELETED, ("identity 'example.com'",))
    assert refuse_losses([loss], (), DEFAULT_MAX_REMOVALS) == [BLOCKS[1].strip()]
    assert f"`--max-removals` resources ({DEFAULT_MAX_REMOVALS})" in PAGE


def test_the_example_of_a_pipeline_file_is_right() -> None:
    """With an id for the connection."""
    text = BLOCKS[2].replace("…", "01234567-89ab-cdef-0123-456789abcdef")
    assert read_pipeline("pipeline.yaml", text).branch == "main"
