"""The identities of one region."""

from typing import TYPE_CHECKING

from constructs import Construct

from mailproof.constructs_lib.fragment import included_identity
from mailproof.model.environment import Environment
from mailproof.model.placement import StackPlan
from mailproof.model.resources import dkim_attributes
from mailproof.stacks.planned_stack import PlannedStack

if TYPE_CHECKING:
    from aws_cdk.aws_ses import CfnEmailIdentity


class RegionStack(PlannedStack):
    """
    The SES identities of one region, with their regional records in zones of the same account.

    Records read the names of DKIM from the identity beside them.

    Args:
        scope: The environment's Stage.
        plan: What it holds.
        environment: The environment.
    """

    def __init__(self, scope: Construct, plan: StackPlan, environment: Environment) -> None:
        super().__init__(scope, plan, environment, dkim_attributes)

    def identity(self, domain: str) -> "CfnEmailIdentity":
        """Return the identity of a domain."""
        return included_identity(self.included, domain)
