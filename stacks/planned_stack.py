"""A stack made from its plan."""

from collections.abc import Sequence

from aws_cdk import Environment as Env
from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from constructs_lib.fragment import include_resources
from mailproof.model.dns_record import DkimPair
from mailproof.model.environment import Environment
from mailproof.model.placement import Holding, StackPlan
from mailproof.template.build import Resources, build_identity, build_record_sets


class PlannedStack(Stack):
    """
    One stack of an environment.

    Args:
        scope: The environment's Stage.
        plan: What it holds.
        environment: The environment.
    """

    def __init__(self, scope: Construct, plan: StackPlan, environment: Environment) -> None:
        super().__init__(
            scope,
            plan.id.id,
            stack_name=plan.id.stack_name,
            env=Env(account=plan.id.zone_account or environment.account, region=plan.id.region),
            description=plan.id.description,
            termination_protection=environment.retain,
            # CloudFormation takes 1,000,000 bytes, of which blanks would be half.
            suppress_template_indentation=True,
        )
        resources: Resources = {}
        for holding in plan.holdings:
            if holding.has_identity:
                resources |= build_identity(holding.domain, plan.id.region)
            kind = "Records" if holding.region else "SharedRecords"
            resources |= build_record_sets(holding.domain, holding.records(self.dkim(holding)), kind)
        policy = RemovalPolicy.RETAIN if environment.retain else RemovalPolicy.DESTROY
        # Sorted, so that a template does not change with the order of the file.
        in_order = dict(sorted(resources.items()))
        self.included = include_resources(self, in_order, removal_policy=policy, typed_records=False)

    def dkim(self, holding: Holding) -> Sequence[DkimPair]:
        """Return names and targets of a domain's DKIM records, if records that this stack holds need them."""
        raise NotImplementedError
