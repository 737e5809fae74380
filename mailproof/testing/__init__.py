"""Support for tests of sending domains: synthesis without a deployment, and assertions that name the record."""

from mailproof.template.cloud_assembly import Stacks
from mailproof.template.cloud_assembly import SynthesisedStack as StackTemplate
from mailproof.template.cloud_assembly import read_all as read_assembly
from mailproof.testing.assertions import assert_names_qualified, assert_nothing_lost, assert_one_owner
from mailproof.testing.synthesis import synthesise_environments

__all__ = [
    "StackTemplate",
    "Stacks",
    "assert_names_qualified",
    "assert_nothing_lost",
    "assert_one_owner",
    "read_assembly",
    "synthesise_environments",
]
