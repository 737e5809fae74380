"""DNS records that do not belong beside an identity."""

from collections.abc import Sequence

from constructs import Construct

from mailproof.constructs_lib.fragment import dkim_tokens
from mailproof.model.dns_record import DkimPair
from mailproof.model.environment import Environment
from mailproof.model.placement import StackPlan
from mailproof.stacks.planned_stack import PlannedStack
from mailproof.stacks.region_stack import RegionStack


class DnsStack(PlannedStack):
    """
    Records that serve all regions, or records of one region in zones of another account.

    The latter read the DKIM tokens of the region's stack by ``Fn::GetStackOutput``: no Lambda function, no custom
    resource. CDK adds the outputs to that stack, and a role that only this stack's deployment may assume.

    Args:
        scope: The environment's Stage.
        plan: What it holds.
        environment: The environment.
        identities: The stack that holds the identities; None for records that serve all regions.
    """

    def __init__(
        self, scope: Construct, plan: StackPlan, environment: Environment, identities: RegionStack | None = None
    ) -> None:
        def dkim(domain: str) -> Sequence[DkimPair]:
            return dkim_tokens(identities.identity(domain)) if identities else ()

        super().__init__(scope, plan, environment, dkim)
