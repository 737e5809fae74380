"""What the tests of migrations do: an app of somebody else on the emulator, and `mailproof` on it."""

import itertools
from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_ses as ses
from constructs import Construct

from mailproof.live.aws.stacks import read_template
from mailproof.stacks.new_app import new_app
from mailproof.template.cloud_assembly import read_assembly
from mailproof.template.contents import Template
from tests.e2e.project import Project
from tests.e2e.warm import Run

_numbers = itertools.count(1)

Build = Callable[[cdk.Stack], None]


def l2_identity(project: Project, scope: Construct, mail_from: str = "mail") -> ses.EmailIdentity:
    """Make an identity as apps with the CDK's own construct do: in a public hosted zone, with a MAIL FROM domain."""
    zone = route53.PublicHostedZone.from_public_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id=project.zone_id, zone_name=project.zone
    )
    return ses.EmailIdentity(
        scope,
        "Identity",
        identity=ses.Identity.public_hosted_zone(zone),
        mail_from_domain=f"{mail_from}.{project.zone}",
    )


def keep(scope: Construct) -> None:
    """Retain everything below a construct, as docs/migrating.md says."""
    for child in scope.node.find_all():
        if isinstance(child, cdk.CfnResource):
            child.apply_removal_policy(cdk.RemovalPolicy.RETAIN)


def deploy_app(project: Project, build: Build) -> str:
    """Deploy the other app, of one stack; return the name of the stack."""
    folder = project.cli.folder / f"app-{next(_numbers)}"
    app = new_app(outdir=str(folder))
    stack = cdk.Stack(app, f"old-{project.name}", env=cdk.Environment(account=project.account, region="us-east-1"))
    build(stack)
    template = app.synth().get_stack_by_name(stack.stack_name).template
    state = project.deploy(template["Resources"], stack=stack.stack_name)
    assert state in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, project.reasons(stack.stack_name)
    return stack.stack_name


def adopt(project: Project, *arguments: str) -> Run:
    """Run `mailproof adopt` for the environment."""
    return project.mailproof("adopt", "--assembly", str(project.synthesise()), *arguments)


def roll_out(project: Project, *arguments: str) -> Run:
    """Run `mailproof rollout run` with everything in it: preflight, guard, deployment and gate."""
    options = ("--yes", "--assembly", str(project.synthesise()), "--resolver", project.aws.dns)
    return project.mailproof("rollout", "run", project.name, *options, *arguments)


def unprotect(project: Project, *stacks: str) -> None:
    """Lift the termination protection of stacks."""
    cloudformation = project.client("cloudformation")
    for stack in stacks:
        cloudformation.update_termination_protection(
            StackName=f"mailproof-{project.name}-{stack}", EnableTerminationProtection=False
        )


def deployed_template(project: Project, stack: str) -> Template:
    """Return the template in force of a stack of the environment."""
    return read_template(project.client("cloudformation"), f"mailproof-{project.name}-{stack}")


def synthesised_template(project: Project, stack: str) -> Template:
    """Return the template that would be deployed."""
    return read_assembly(project.synthesise(), project.name)[f"{project.name}/{stack}"].template
