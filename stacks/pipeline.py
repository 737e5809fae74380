"""The AWS pipeline that rolls all environments out."""

from collections.abc import Sequence

from aws_cdk import Arn, ArnFormat, Duration, Stack
from aws_cdk import Environment as Env
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.model.environment import Environment
from mailproof.model.pipeline import PipelineSettings
from mailproof.model.waves import Wave
from mailproof.rollout.engines.commands import find_installation
from mailproof.stacks.pipeline_findings import acknowledge_findings, acknowledge_no_access_log
from mailproof.stacks.pipeline_projects import ALLOW, MAX_REMOVALS, UNSIGNED_GAP, EnvironmentProjects, ToolProjects
from mailproof.stacks.private_bucket import make_private_bucket

# Upper case, which no environment's name has.
PIPELINE_ID = "MailproofPipeline"
PIPELINE_NAME = "mailproof-pipeline"
ARTIFACT_DAYS = 90  # an approval may stay open for 7 days, and a failed stage may be run again later


class PipelineStack(Stack):
    """
    A CodePipeline that synthesises once and then runs every wave of the rollout: a stage per wave.

    A stage holds an approval where the plan asks for one, a CodeBuild action that deploys and one that waits for the
    proof; both run ``mailproof rollout run``, as a person would. The pipeline deploys itself first, and starts anew if
    that changed it. Executions queue.

    Makes the pipeline, one artifact bucket without a KMS key, a CodeBuild project for synthesis and one for the
    pipeline itself, two projects per environment, and their roles: a deployment may assume the bootstrap roles of its
    environment's accounts and regions only, a gate only ``mailproof-read``.

    Args:
        scope: The app.
        settings: Where it lives and what it follows.
        environments: All environments.
        waves: The rollout of all environments.
    """

    def __init__(
        self, scope: Construct, settings: PipelineSettings, environments: Sequence[Environment], waves: Sequence[Wave]
    ) -> None:
        super().__init__(
            scope,
            PIPELINE_ID,
            stack_name=PIPELINE_NAME,
            env=Env(account=settings.account, region=settings.region),
            description="Rolls out the sending domains of every environment, wave by wave",
            termination_protection=True,
        )
        bucket = self._bucket()
        self.pipeline = codepipeline.Pipeline(
            self,
            "Pipeline",
            pipeline_name=PIPELINE_NAME,
            pipeline_type=codepipeline.PipelineType.V2,
            execution_mode=codepipeline.ExecutionMode.QUEUED,
            artifact_bucket=bucket,
            cross_account_keys=False,
            restart_execution_on_update=True,
            variables=[
                codepipeline.Variable(variable_name=ALLOW, default_value="none", description="Losses that may pass"),
                codepipeline.Variable(
                    variable_name=MAX_REMOVALS, default_value=str(DEFAULT_MAX_REMOVALS), description="How many may"
                ),
                codepipeline.Variable(
                    variable_name=UNSIGNED_GAP, default_value="false", description="Mail may leave unsigned meanwhile"
                ),
            ],
        )
        installation = find_installation()  # of the folder of the app, as the CDK's command line runs it
        tools = ToolProjects(self, PIPELINE_ID, installation)
        assembly = self._add_source_and_synthesis(settings, tools, self._source_role(settings.connection, bucket))
        projects = {
            environment.name: EnvironmentProjects(
                self, environment, [w for w in waves if w.environment == environment.name], installation
            )
            for environment in environments
        }
        for wave in waves:
            self._add_wave(wave, projects[wave.environment], assembly)
        of_environments = [project for found in projects.values() for project in (found.deployment, found.gate)]
        stacks = [arn for found in projects.values() for arn in found.protected_stacks]
        acknowledge_findings(self, bucket, [tools.synthesis, tools.self_update, *of_environments], stacks)

    def _bucket(self) -> s3.Bucket:
        days, former = Duration.days(ARTIFACT_DAYS), Duration.days(1)
        rules = [s3.LifecycleRule(expiration=days, noncurrent_version_expiration=former)]
        bucket = make_private_bucket(self, "Artifacts", rules)
        acknowledge_no_access_log(bucket)
        return bucket

    def _source_role(self, connection: str, bucket: s3.Bucket) -> iam.IRole:
        """
        Return the role that reads the repository.

        The CDK would give it ``codestar-connections:UseConnection``, which does not reach a connection whose ARN
        begins with ``arn:aws:codeconnections``: the action has the prefix of the ARN (Developer Tools console guide,
        "Connections rename").
        """
        role = iam.Role(self, "SourceRole", assumed_by=iam.ArnPrincipal(self.pipeline.role.role_arn))
        service = Arn.split(connection, ArnFormat.SLASH_RESOURCE_NAME).service
        role.add_to_policy(iam.PolicyStatement(actions=[f"{service}:UseConnection"], resources=[connection]))
        bucket.grant_read_write(role)
        bucket.grant_put_acl(role)
        return role.without_policy_updates()

    def _add_source_and_synthesis(
        self, settings: PipelineSettings, tools: ToolProjects, role: iam.IRole
    ) -> codepipeline.Artifact:
        source, assembly = codepipeline.Artifact("Source"), codepipeline.Artifact("Assembly")
        owner, _, name = settings.repository.rpartition("/")
        follow = actions.CodeStarConnectionsSourceAction(
            action_name="Source",
            connection_arn=settings.connection,
            owner=owner,
            repo=name,
            branch=settings.branch,
            output=source,
            role=role,
        )
        synthesise = actions.CodeBuildAction(
            action_name="Synthesise", project=tools.synthesis, input=source, outputs=[assembly]
        )
        update = actions.CodeBuildAction(action_name="Update", project=tools.self_update, input=assembly)
        for stage, action in (("Source", follow), ("Synthesise", synthesise), ("UpdatePipeline", update)):
            self.pipeline.add_stage(stage_name=stage, actions=[action])
        return assembly

    def _add_wave(self, wave: Wave, projects: EnvironmentProjects, assembly: codepipeline.Artifact) -> None:
        approval = [actions.ManualApprovalAction(action_name="Approve", run_order=1)] if wave.approval else []
        self.pipeline.add_stage(
            stage_name=f"{wave.environment}-{wave.number}",
            actions=[
                *approval,
                projects.action("Deploy", projects.deployment, wave, assembly, run_order=2),
                projects.action("Gate", projects.gate, wave, assembly, run_order=3),
            ],
        )
