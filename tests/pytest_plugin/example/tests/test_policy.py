"""What this organisation asks of its sending domains, beside the tests that come with mailproof."""

from collections.abc import Callable

from mailproof.testing import Stacks, assert_names_qualified

TRIAL = """\
account: "111122223333"
regions: [eu-west-1]
zones:
  example.net: {id: Z0EXAMPLENET00000001}
domains:
  - name: example.net
"""


def test_prod_keeps_what_it_has(synthesise: Callable[[str], Stacks]) -> None:
    """No stack of prod can be deleted by mistake."""
    assert all(stack.termination_protection for stack in synthesise("prod").values())


def test_a_new_domain_needs_one_stack(synthesise: Callable[[str], Stacks]) -> None:
    """An environment can be tried as text before it becomes a file."""
    stacks = synthesise(TRIAL)
    assert list(stacks) == ["test/ses-eu-west-1"]
    assert_names_qualified(stacks)
