"""CodeBuild projects of the pipeline, and their permissions."""

from collections.abc import Iterable, Sequence

from aws_cdk import DefaultStackSynthesizer, Duration, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_iam as iam
from constructs import Construct

from mailproof.model.environment import Environment
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.model.placement import plan_stacks
from mailproof.model.regions import partition
from mailproof.model.roles import READ_PROFILE, bootstrap_role, read_role
from mailproof.model.waves import Wave
from mailproof.rollout.engines.commands import (
    ASSEMBLY,
    CDK,
    INSTALL_CLI,
    SYNTHESISE,
    Installation,
    roll_out,
    unattended,
)

IMAGE = codebuild.LinuxBuildImage.STANDARD_7_0
RUNTIMES = {"python": "3.12", "nodejs": "22"}  # the newest that this image has
BOOTSTRAP_ROLES = ("deploy", "file-publishing")  # no images, no lookups
PROTECTION = ["cloudformation:DescribeStacks", "cloudformation:GetStackPolicy", "cloudformation:SetStackPolicy"]
ALLOW, MAX_REMOVALS, UNSIGNED_GAP = "ALLOW", "MAX_REMOVALS", "ACCEPT_UNSIGNED_GAP"
SYNTHESIS_MINUTES = 30
SPARE_MINUTES = 15
# Credentials by a profile are renewed, as long as a gate may take; a role taken on from a role lasts an hour at most.
PROFILE = [
    f"printf '[profile {READ_PROFILE}]\\nrole_arn = %s\\n' \"$READ_ROLE\" > aws-config",
    "printf 'credential_source = EcsContainer\\n' >> aws-config",
    'export AWS_CONFIG_FILE="$PWD/aws-config"',
]
ENVIRONMENT, WAVE = '"$ENVIRONMENT"', '"$WAVE"'
FOLDER = ("--environments", '"$ENVIRONMENTS"')
DEPLOYMENT = roll_out(ENVIRONMENT, WAVE, *FOLDER, "--only", "deploy", *unattended(ENVIRONMENT, '""'))
GATE = roll_out(ENVIRONMENT, WAVE, *FOLDER, "--only", "gate", "--profile", READ_PROFILE)


class ToolProjects:
    """
    The project that synthesises and the one that deploys the pipeline itself.

    Args:
        stack: The pipeline's stack.
        pipeline_id: Id by which the CDK's command line selects that stack.
        installation: What the repository has to be installed.
    """

    def __init__(self, stack: Stack, pipeline_id: str, installation: Installation) -> None:
        self.synthesis = _project(stack, "Synthesis", installation.app, [SYNTHESISE], hands_on=True)
        deploy = f"{CDK} deploy --app {ASSEMBLY} {pipeline_id} --exclusively --require-approval never --no-notices --ci"
        self.self_update = _project(stack, "SelfUpdate", [INSTALL_CLI], [deploy])
        _may_assume(self.self_update, bootstrap_roles(stack, [(stack.account, stack.region)]))


class EnvironmentProjects:
    """
    The project that deploys an environment and the one that waits for its proof.

    Args:
        stack: The pipeline's stack.
        environment: The environment.
        waves: Its waves.
        installation: What the repository has to be installed.

    Attributes:
        protected_stacks: ARNs of the stacks that the deployment protects by a policy, with its own credentials.
    """

    def __init__(
        self, stack: Stack, environment: Environment, waves: Sequence[Wave], installation: Installation
    ) -> None:
        scope = Construct(stack, environment.name)
        read = read_role(environment)
        folder = stack.node.try_get_context("environments") or DEFAULT_FOLDER
        variables = {"ENVIRONMENT": environment.name, "ENVIRONMENTS": folder, "READ_ROLE": read}
        deploy_minutes = max(wave.deploy_limit_minutes for wave in waves) + SPARE_MINUTES
        gate_minutes = max(wave.gate_timeout_s for wave in waves) // 60 + SPARE_MINUTES
        self.deployment = _project(
            scope,
            "Deployment",
            [*installation.command, INSTALL_CLI],
            [*PROFILE, DEPLOYMENT],
            minutes=deploy_minutes,
            variables=variables,
        )
        self.gate = _project(
            scope, "Gate", installation.command, [*PROFILE, GATE], minutes=gate_minutes, variables=variables
        )
        targets = ((environment.account_of(plan.id), plan.id.region) for plan in plan_stacks(environment))
        _may_assume(self.deployment, [*bootstrap_roles(stack, targets), read])
        _may_assume(self.gate, [read])
        self.protected_stacks = _stack_arns(environment, stack.account)
        if self.protected_stacks:
            statement = iam.PolicyStatement(actions=PROTECTION, resources=self.protected_stacks)
            self.deployment.add_to_role_policy(statement)

    def action(
        self,
        name: str,
        project: codebuild.PipelineProject,
        wave: Wave,
        assembly: codepipeline.Artifact,
        *,
        run_order: int,
    ) -> actions.CodeBuildAction:
        """Return the action that runs a project for a wave."""
        given = {
            "WAVE": str(wave.number),
            "MAILPROOF_ALLOW": f"#{{variables.{ALLOW}}}",
            "MAILPROOF_MAX_REMOVALS": f"#{{variables.{MAX_REMOVALS}}}",
            "MAILPROOF_ACCEPT_UNSIGNED_GAP": f"#{{variables.{UNSIGNED_GAP}}}",
        }
        return actions.CodeBuildAction(
            action_name=name,
            project=project,
            input=assembly,
            run_order=run_order,
            environment_variables=_variables(given),
        )


def bootstrap_roles(stack: Stack, targets: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ARNs of the roles by which the CDK deploys to accounts and regions, from an app with this stack."""
    qualifier = stack.synthesizer.bootstrap_qualifier or DefaultStackSynthesizer.DEFAULT_QUALIFIER
    return [
        bootstrap_role(kind, account, region, qualifier)
        for account, region in dict.fromkeys(targets)
        for kind in BOOTSTRAP_ROLES
    ]


def _stack_arns(environment: Environment, account: str) -> list[str]:
    """
    Return the ARNs of the stacks of an environment in one account, each but for the id that AWS gives it.

    The roles of the bootstrap may not set a stack policy, and no other role here reaches another account.
    """
    return [
        f"arn:{partition(plan.id.region)}:cloudformation:{plan.id.region}:{account}:stack/{plan.id.stack_name}/*"
        for plan in plan_stacks(environment)
        if environment.account_of(plan.id) == account
    ]


def _may_assume(project: codebuild.PipelineProject, roles: list[str]) -> None:
    project.add_to_role_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=roles))


def _variables(values: dict[str, str]) -> dict[str, codebuild.BuildEnvironmentVariable]:
    return {name: codebuild.BuildEnvironmentVariable(value=value) for name, value in values.items()}


def _project(  # noqa: PLR0913 -- one project, in full
    scope: Construct,
    id: str,  # noqa: A002 -- the name that constructs use
    install: Sequence[str],
    build: Sequence[str],
    *,
    minutes: int = SYNTHESIS_MINUTES,
    variables: dict[str, str] | None = None,
    hands_on: bool = False,
) -> codebuild.PipelineProject:
    phases = {"install": {"runtime-versions": RUNTIMES, "commands": list(install)}, "build": {"commands": list(build)}}
    artifacts = {"artifacts": {"files": ["**/*"], "exclude-paths": ["node_modules/**/*"]}} if hands_on else {}
    return codebuild.PipelineProject(
        scope,
        id,
        build_spec=codebuild.BuildSpec.from_object({"version": "0.2", "phases": phases, **artifacts}),
        environment=codebuild.BuildEnvironment(build_image=IMAGE, compute_type=codebuild.ComputeType.SMALL),
        environment_variables=_variables(variables or {}),
        timeout=Duration.minutes(minutes),
        grant_report_group_permissions=False,
    )
