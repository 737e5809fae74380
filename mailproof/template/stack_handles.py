"""The stacks of an environment as they are told apart, without their templates: names, places and roles."""

from dataclasses import replace

from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.model.roles import bootstrap_role
from mailproof.model.stack_id import StackId
from mailproof.template.bootstrap import Bootstraps
from mailproof.template.cloud_assembly import SynthesisedStack, TemplateBucket


def stack_handles(environment: Environment, bootstraps: Bootstraps) -> list[SynthesisedStack]:
    """
    Return every stack that an environment has, with no template, in the order of deployment.

    Args:
        environment: The environment.
        bootstraps: Say which roles open the accounts, and which bucket takes templates.
    """
    return [_handle(plan.id, environment, bootstraps) for plan in plan_stacks(environment)]


def _handle(stack: StackId, environment: Environment, bootstraps: Bootstraps) -> SynthesisedStack:
    if found := bootstraps.stacks.get(stack.path):
        return replace(found, template={})
    account, region = environment.account_of(stack), stack.region
    qualifier, tags = bootstraps.qualifier, dict(environment.tags)
    kinds = ("deploy", "lookup", "file-publishing")
    deploy, lookup, publish = (bootstrap_role(kind, account, region, qualifier) for kind in kinds)
    bucket = TemplateBucket(f"cdk-{qualifier}-assets-{account}-{region}", (publish,))
    return SynthesisedStack(
        stack.path, stack.stack_name, account, region, tags=tags, roles=(deploy, lookup), bucket=bucket
    )
