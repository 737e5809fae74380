"""A stack made from its plan."""

from operator import itemgetter

from aws_cdk import Environment as Env
from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from mailproof.constructs_lib.fragment import include_resources
from mailproof.model.environment import Environment
from mailproof.model.placement import StackPlan
from mailproof.model.stack_item import DkimSource


class PlannedStack(Stack):
    """
    One stack of an environment.

    Args:
        scope: The environment's Stage.
        plan: What it holds.
        environment: The environment.
        dkim: Where records find names and targets of DKIM.
    """

    def __init__(self, scope: Construct, plan: StackPlan, environment: Environment, dkim: DkimSource) -> None:
        super().__init__(
            scope,
            plan.id.id,
            stack_name=plan.id.stack_name,
            env=Env(account=environment.account_of(plan.id), region=plan.id.region),
            description=plan.id.description,
            termination_protection=environment.retain,
            # CloudFormation takes 1,000,000 bytes, of which blanks would be half.
            suppress_template_indentation=True,
        )
        resources = (resource for item in plan.items for resource in item.resources(dkim).items())
        policy = RemovalPolicy.RETAIN if environment.retain else RemovalPolicy.DESTROY
        # Sorted, so that a template does not change with the order of the file.
        in_order = dict(sorted(resources, key=itemgetter(0)))
        self.included = include_resources(self, in_order, removal_policy=policy, typed_records=False)
