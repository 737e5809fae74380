"""All stacks of an environment."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from aws_cdk import Stage, Tags
from constructs import Construct

from mailproof.model.environment import Environment
from mailproof.model.placement import StackPlan, plan_stacks
from mailproof.model.stack_id import StackId, StackKind
from mailproof.stacks.dns_stack import DnsStack
from mailproof.stacks.planned_stack import PlannedStack
from mailproof.stacks.region_stack import RegionStack

# Without it CDK hands values between stacks by a Lambda function and SSM parameters.
WEAK_REFERENCES = ("@aws-cdk/core:defaultCrossStackReferences", "weak")


class EnvironmentStage(Stage):
    """
    All stacks of an environment: ``prod/dns``, ``prod/ses-eu-west-1``, ``prod/dns-999988887777-eu-west-1``.

    One Stage per environment, never one per wave: across Stages a weak reference names outputs that its producer lacks.

    Args:
        scope: The app.
        environment: The environment; its name is the construct id.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, environment.name)
        self.node.set_context(*WEAK_REFERENCES)
        self.stacks: dict[StackId, PlannedStack] = {}
        for plan in _in_order(plan_stacks(environment)):
            stack = self.stacks[plan.id] = self._stack(plan, environment)
            for before in plan.after:
                # A weak reference alone makes no dependency.
                stack.add_stack_dependency(self.stacks[before])
        for key, value in environment.tags.items():
            Tags.of(self).add(key, value)

    def _stack(self, plan: StackPlan, environment: Environment) -> PlannedStack:
        if plan.id.kind is StackKind.REGION:
            return RegionStack(self, plan, environment)
        identities = next((self.stacks[before] for before in plan.after), None)
        return DnsStack(self, plan, environment, identities if isinstance(identities, RegionStack) else None)


def _in_order(plans: Iterable[StackPlan]) -> Iterator[StackPlan]:
    """Sort the plans of each kind by name: in the order of stacks, not of the file, CDK says who may assume a role."""
    for _, of_one_kind in groupby(plans, key=lambda plan: plan.id.kind):
        yield from sorted(of_one_kind, key=lambda plan: plan.id.id)
