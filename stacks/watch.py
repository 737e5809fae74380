"""The stack that checks an environment again and again."""

from pathlib import Path

from aws_cdk import CfnOutput, Duration, IgnoreMode, RemovalPolicy, Stack
from aws_cdk import Environment as Env
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as alarm_actions
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sns as sns
from constructs import Construct

from mailproof.model.environment import Environment
from mailproof.model.errors import InvalidValue
from mailproof.model.roles import READ_PROFILE, read_role
from mailproof.model.watch import COUNT_MARK, WATCHED, Watch
from mailproof.rollout.engines.commands import find_installation
from mailproof.stacks.pipeline_projects import IMAGE, PROFILE, RUNTIMES
from mailproof.stacks.private_bucket import make_private_bucket
from mailproof.stacks.watch_findings import acknowledge_findings

# No name of an environment's stack begins so.
PREFIX = "MailproofWatch"
NAMESPACE = "Mailproof"
LIMIT_MINUTES = 60
LOG_DAYS = logs.RetentionDays.ONE_YEAR
# What a run needs of the folder of the app, as .gitignore writes it; a fork of mailproof installs itself.
FILES = ("*", "!/requirements.txt", "!/requirements-command.txt")
FORK = ("mailproof", "localaws", "stacks", "constructs_lib")
FORK_FILES = ("pyproject.toml", "README.md", "LICENSE")
RUN = (
    'mailproof watch run --environments "$ENVIRONMENTS" --environment "$ENVIRONMENT"'
    f' --profile {READ_PROFILE} --history "s3://$BUCKET/runs" --report "s3://$BUCKET/report.html" --topic "$TOPIC"'
)


class WatchStack(Stack):
    """
    A CodeBuild project on a schedule, which runs ``mailproof watch run`` for one environment.

    Makes a private bucket of runs and of the newest report, a topic that is told what is new unless the file names one,
    a metric and an alarm per severity, an alarm for runs that fail, the project, its log group, and two roles. The
    project's role may assume ``mailproof-read``, read its files, write its bucket and publish to its topic, no more.

    Args:
        scope: The app.
        environment: What is checked.
        watch: When, and where.
        folder: Of the environment files, in the folder of the app.
    """

    def __init__(self, scope: Construct, environment: Environment, watch: Watch, folder: Path) -> None:
        name = f"{PREFIX}-{environment.name}"
        super().__init__(
            scope,
            name,
            stack_name=name,
            env=Env(account=environment.account, region=watch.region),
            description=f"Checks the sending domains of {environment.name} on a schedule",
            tags=environment.tags,
        )
        bucket, topic = self._bucket(watch), self._topic(watch)
        files = assets.Asset(self, "Files", path=str(Path.cwd()), exclude=_patterns(folder), ignore_mode=IgnoreMode.GIT)
        log = logs.LogGroup(self, "Log", retention=LOG_DAYS, removal_policy=RemovalPolicy.RETAIN)
        given = {"BUCKET": bucket.bucket_name, "TOPIC": topic.topic_arn} | (
            {"MAILPROOF_MASK": "1"} if watch.mask else {}
        )
        project = self._project(environment, files, log, folder, given)
        project.add_to_role_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[read_role(environment)]))
        objects = [bucket.arn_for_objects("runs/*"), bucket.arn_for_objects("report.html")]
        project.add_to_role_policy(iam.PolicyStatement(actions=["s3:GetObject", "s3:PutObject"], resources=objects))
        project.add_to_role_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn]))
        project.add_to_role_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=[topic.topic_arn]))
        events.Rule(
            self,
            "Schedule",
            schedule=events.Schedule.expression(watch.schedule),
            targets=[targets.CodeBuildProject(project)],
        )
        self._add_alarms(environment, project, log, topic)
        CfnOutput(self, "Report", value=f"s3://{bucket.bucket_name}/report.html")
        CfnOutput(self, "NewFindings", value=topic.topic_arn)
        acknowledge_findings(self, bucket, topic, log, project)

    def _bucket(self, watch: Watch) -> s3.Bucket:
        kept = Duration.days(watch.keep_days)
        runs = s3.LifecycleRule(prefix="runs/", expiration=kept)
        return make_private_bucket(self, "Runs", [runs, s3.LifecycleRule(noncurrent_version_expiration=kept)])

    def _topic(self, watch: Watch) -> sns.ITopic:
        if watch.topic:
            return sns.Topic.from_topic_arn(self, "Topic", watch.topic)
        topic = sns.Topic(self, "Topic", enforce_ssl=True)
        # The policy that refuses plain HTTP takes the place of the usual one, by which alarms may publish.
        alarms = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        topic.grant_publish(alarms.with_conditions({"StringEquals": {"aws:SourceAccount": self.account}}))
        return topic

    def _project(
        self, environment: Environment, files: assets.Asset, log: logs.LogGroup, folder: Path, more: dict[str, str]
    ) -> codebuild.Project:
        given = {
            "ENVIRONMENT": environment.name,
            "ENVIRONMENTS": folder.as_posix(),
            "READ_ROLE": read_role(environment),
            **more,
        }
        phases = {
            "install": {"runtime-versions": RUNTIMES, "commands": list(find_installation().command)},
            "build": {"commands": [*PROFILE, RUN]},
        }
        return codebuild.Project(
            self,
            "Check",
            source=codebuild.Source.s3(bucket=files.bucket, path=files.s3_object_key),
            build_spec=codebuild.BuildSpec.from_object({"version": "0.2", "phases": phases}),
            environment=codebuild.BuildEnvironment(build_image=IMAGE, compute_type=codebuild.ComputeType.SMALL),
            environment_variables={key: codebuild.BuildEnvironmentVariable(value=text) for key, text in given.items()},
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=log)),
            timeout=Duration.minutes(LIMIT_MINUTES),
            concurrent_build_limit=1,
            grant_report_group_permissions=False,
        )

    def _add_alarms(
        self, environment: Environment, project: codebuild.Project, log: logs.LogGroup, topic: sns.ITopic
    ) -> None:
        for severity in WATCHED:
            found = logs.MetricFilter(
                self,
                f"{severity.title()}Count",
                log_group=log,
                filter_pattern=logs.FilterPattern.literal(f'[mark="{COUNT_MARK}", severity="{severity}", count]'),
                metric_namespace=NAMESPACE,
                metric_name=f"{environment.name}-{severity}",
                metric_value="$count",
            )
            cloudwatch.Alarm(
                self,
                f"{severity.title()}Alarm",
                alarm_description=f"The last check of {environment.name} found something of severity {severity}",
                metric=found.metric(statistic="Maximum", period=Duration.days(1)),
                threshold=1,
                evaluation_periods=1,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
            )
        failed = cloudwatch.Alarm(
            self,
            "FailedRunAlarm",
            alarm_description=f"A check of {environment.name} has failed: nobody watches",
            metric=project.metric_failed_builds(period=Duration.days(1)),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        failed.add_alarm_action(alarm_actions.SnsAction(topic))


def _patterns(folder: Path) -> list[str]:
    """
    Return what is left out of the files of a run, as .gitignore writes it: all but what it needs.

    Raises:
        InvalidValue: The folder is not below that of the app, so that it would not be among them.
    """
    if folder.is_absolute() or ".." in folder.parts:
        raise InvalidValue(
            "is not a folder below that of the app", str(folder), "a watch takes the files of that along"
        )
    parents = [f"!/{parent.as_posix()}" for parent in (*reversed(folder.parents), folder) if parent != Path()]
    kept = [*parents, f"!/{folder.as_posix()}/**"]
    if Path("mailproof/__init__.py").exists():
        kept += [f"!/{name}" for name in (*FORK, *FORK_FILES)] + [f"!/{name}/**" for name in FORK] + ["__pycache__"]
    return [*FILES, *kept]
