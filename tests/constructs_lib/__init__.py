"""Tests of the constructs."""

import mailproof.stacks  # noqa: F401 -- names the Node that CDK runs on, before the CDK is imported
