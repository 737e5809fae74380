"""
What each command asks of AWS, as IAM names it: the one source of docs/permissions.md.

`tests/e2e/test_permissions.py` records the calls of every command and compares them with this, in both directions.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mailproof.change.replication import Replica, build_policy
from mailproof.model.roles import bootstrap_role

ACCOUNT, REGIONS, ZONE_ID, DOMAIN = "111122223333", ("us-east-1", "eu-west-1"), "Z0123456789EXAMPLE", "example.com"
"""Of the example: its environment file is on the page."""
QUALIFIER = "hnb659fds"
BUCKET, PREFIX = "mail-reports", "prod"
ANY = ("*",)
LINE_LIMIT = 100  # characters of a list


@dataclass(frozen=True)
class Grant:
    """
    Actions that are allowed on the same resources.

    Attributes:
        actions: As IAM names them.
        resources: ARNs, with a wildcard only where no name is known beforehand.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Permissions:
    """
    What one or more commands need.

    Attributes:
        title: Heading on the page.
        commands: Names of the commands that this is about.
        grants: What they are to be allowed.
        beside: What they need as well.
        text: What a reader has to know beside the policy.
        document: The policy, where conditions make it more than grants.
    """

    title: str
    commands: tuple[str, ...]
    grants: tuple[Grant, ...] = ()
    beside: tuple["Permissions", ...] = ()
    text: str = ""
    document: str = ""

    @property
    def policy(self) -> str:
        """The policy, as JSON."""
        if self.document:
            return self.document
        return build_document(self.grants)

    def allowed(self) -> Iterator[tuple[str, str]]:
        """Yield every action with each of its resources, also of what is needed beside."""
        for statement in json.loads(self.policy)["Statement"]:
            for action in _listed(statement["Action"]):
                yield from ((action, resource) for resource in _listed(statement["Resource"]))
        for other in self.beside:
            yield from other.allowed()


def build_document(grants: tuple[Grant, ...]) -> str:
    """Write grants as a policy, in JSON."""
    statements = ",\n".join(map(_build_statement, grants))
    return f'{{\n  "Version": "2012-10-17",\n  "Statement": [\n{statements}\n  ]\n}}'


def _build_statement(grant: Grant) -> str:
    members = {"Effect": "Allow", "Action": _plain(grant.actions), "Resource": _plain(grant.resources)}
    return "    {\n" + ",\n".join(f'      "{key}": {_build_value(value)}' for key, value in members.items()) + "\n    }"


def _build_value(value: str | list[str]) -> str:
    """Write a list that is short on one line."""
    line = json.dumps(value)
    return line if len(line) <= LINE_LIMIT else json.dumps(value, indent=2).replace("\n", "\n      ")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _plain(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _each_region(arn: str) -> tuple[str, ...]:
    return tuple(arn.format(region=region, account=ACCOUNT) for region in REGIONS)


def _roles(*kinds: str) -> tuple[str, ...]:
    return tuple(bootstrap_role(kind, ACCOUNT, region, QUALIFIER) for kind in kinds for region in REGIONS)


ZONE = (f"arn:aws:route53:::hostedzone/{ZONE_ID}",)
IDENTITIES = _each_region(f"arn:aws:ses:{{region}}:{{account}}:identity/{DOMAIN}")
SETS = _each_region("arn:aws:ses:{region}:{account}:configuration-set/*")
STACKS = _each_region("arn:aws:cloudformation:{region}:{account}:stack/mailproof-prod-*/*")
OTHER_STACKS = _each_region("arn:aws:cloudformation:{region}:{account}:stack/*/*")
SECRETS = _each_region(f"arn:aws:secretsmanager:{{region}}:{{account}}:secret:mailproof/dkim/{DOMAIN}-??????")
BOOTSTRAP = _each_region(f"arn:aws:ssm:{{region}}:{{account}}:parameter/cdk-bootstrap/{QUALIFIER}/version")
STACKS_EVERYWHERE = (f"arn:aws:cloudformation:*:{ACCOUNT}:stack/mailproof-*/*",)
OTHER_STACKS_EVERYWHERE = (f"arn:aws:cloudformation:*:{ACCOUNT}:stack/*/*",)
IDENTITIES_EVERYWHERE = (f"arn:aws:ses:*:{ACCOUNT}:identity/*",)
RUNS = (f"arn:aws:s3:::{BUCKET}/{PREFIX}/*",)

_GET_IDENTITY = Grant(("ses:GetEmailIdentity",), IDENTITIES)
_RECORD_SETS = Grant(("route53:ListResourceRecordSets",), ZONE)
_STACKS = Grant(("cloudformation:DescribeStacks", "cloudformation:GetTemplate"), STACKS)
_WHO_HOLDS = (
    Grant(("cloudformation:GetTemplateSummary", "cloudformation:ListStacks"), ANY),
    Grant(("cloudformation:ListStackResources",), OTHER_STACKS),
)
_READ_RUNS = (
    Grant(("s3:ListBucket",), (f"arn:aws:s3:::{BUCKET}",)),
    Grant(("s3:GetObject",), RUNS),
)

CHECK = Permissions(
    "check, wait",
    ("check", "wait", "watch run"),
    (
        Grant(("ses:GetAccount", "ses:ListEmailIdentities"), ANY),
        _GET_IDENTITY,
        Grant(("ses:GetConfigurationSet",), SETS),
        Grant(("route53:GetHostedZone",), ZONE),
    ),
    text="`GetConfigurationSet` is asked of the default configuration set of an identity, which no file names.",
)
RESTART = Permissions(
    "wait --restart",
    ("wait",),
    (Grant(("ses:PutEmailIdentityDkimSigningAttributes", "ses:PutEmailIdentityMailFromAttributes"), IDENTITIES),),
    beside=(CHECK,),
    text="For a domain with `key: own`, also what [reads its private key](#private-keys).",
)
PROBE = Permissions(
    "probe, wait --probe",
    ("probe", "wait"),
    (Grant(("ses:SendEmail",), IDENTITIES),),
    beside=(CHECK,),
    text="An identity with a default configuration set needs the ARN of that set in the same statement; in the "
    "sandbox, also that of the recipient's identity. `--s3` reads the bucket as [`history`](#history) does. A "
    "domain with `sign: self` needs [more](#probe-of-a-domain-that-signs-its-own-mail).",
)
HISTORY = Permissions("history", ("history",), _READ_RUNS, text="Where runs are kept in a bucket.")
KEEP = Permissions(
    "check --history s3://BUCKET/PREFIX",
    ("check",),
    (Grant(("s3:PutObject", "s3:DeleteObject"), RUNS),),
    beside=(CHECK, HISTORY),
    text="`DeleteObject` is for `--history-keep` alone.",
)
WATCH = Permissions(
    "watch run",
    ("watch run",),
    (
        Grant(("s3:PutObject",), (*RUNS, f"arn:aws:s3:::{BUCKET}/report.html")),
        Grant(("sns:Publish",), (f"arn:aws:sns:{REGIONS[0]}:{ACCOUNT}:mail",)),
    ),
    beside=(CHECK, HISTORY),
    text="With runs and report in a bucket, and a topic. The stack `MailproofWatch-prod` makes a role of its own.",
)
RECORDS = Permissions(
    "records, export",
    ("records", "export", "explain", "dmarc reports", "dmarc next"),
    (_GET_IDENTITY,),
    text="`explain` asks only with `--ask-ses`; the two commands of `dmarc` do not ask with `--offline`.",
)
COMPARE = Permissions(
    "zone compare",
    ("zone compare",),
    (Grant(("route53:GetHostedZone", "route53:ListResourceRecordSets"), ZONE),),
    beside=(RECORDS,),
    text="`--old-hosted-zone` needs the same on that zone.",
)
POLICY_HOST = Permissions(
    "Host of an MTA-STS policy",
    ("records", "export", "zone compare", "preflight", "rollout run", "repair", "prune"),
    (Grant(("apigateway:GET",), (f"arn:aws:apigateway:{REGIONS[0]}::/domainnames/mta-sts.{DOMAIN}",)),),
    text="Beside those of the command, for a domain whose policy AWS serves, or served: where its CNAME points.",
)
SPF = Permissions(
    "spf",
    ("spf",),
    (Grant(("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"), ZONE),),
    text="`--plan` needs no `ChangeResourceRecordSets`.",
)
ADDRESS = Permissions(
    "address resend",
    ("address resend",),
    (
        Grant(("ses:GetEmailIdentity",), _each_region(f"arn:aws:ses:{{region}}:{{account}}:identity/billing@{DOMAIN}")),
        Grant(("ses:VerifyEmailIdentity",), ANY),
    ),
    text="Each address is an identity of its own.",
)
PREFLIGHT = Permissions(
    "preflight",
    ("preflight",),
    (
        Grant(("ses:GetAccount", "ses:ListEmailIdentities"), ANY),
        _GET_IDENTITY,
        _STACKS,
        Grant(("cloudformation:ListStackResources",), STACKS),
        Grant(("cloudformation:DescribeStackResources",), OTHER_STACKS),
        Grant(("cloudformation:DescribeStacks",), ANY),
        Grant(("ssm:GetParameter",), BOOTSTRAP),
        Grant(("route53:GetHostedZone", "route53:GetHostedZoneLimit", "route53:ListResourceRecordSets"), ZONE),
    ),
    text="`DescribeStackResources` asks which stack holds an identity that is there already, and `DescribeStacks` of "
    "all which have left the files; without the latter, a line says that this is not known.",
)
PLAN = Permissions(
    "rollout plan",
    ("rollout plan",),
    (
        Grant(("cloudformation:DescribeStacks",), ANY),
        Grant(("cloudformation:GetTemplate",), STACKS_EVERYWHERE),
    ),
    text="It looks through all regions for stacks that have left the files, and into accounts of zones by the lookup "
    "role of the CDK's bootstrap there (`sts:AssumeRole`).",
)
ROLLOUT_ROLES = _roles("deploy", "file-publishing", "lookup")

ROLLOUT = Permissions(
    "rollout run",
    ("rollout run",),
    (
        Grant(("cloudformation:GetStackPolicy", "cloudformation:SetStackPolicy"), STACKS),
        Grant(("sts:AssumeRole",), ROLLOUT_ROLES),
    ),
    beside=(CHECK, PREFLIGHT),
    text="The roles are those of the CDK's bootstrap stack. `cdk deploy` needs the last statement alone, and `cdk "
    "diff` of that the lookup role. Which role of a pipeline has which part: [Rollout](rollout.md#roles).",
)
ADOPT = Permissions(
    "adopt",
    ("adopt",),
    (
        _GET_IDENTITY,
        _RECORD_SETS,
        _STACKS,
        *_WHO_HOLDS,
        Grant(("sts:AssumeRole",), _roles("deploy")),
    ),
    text="It looks through the stacks of the account for one that holds the same already. `--plan` assumes no role.",
)
MOVE = Permissions(
    "move",
    ("move",),
    (
        Grant(
            (
                "cloudformation:CreateChangeSet",
                "cloudformation:DeleteChangeSet",
                "cloudformation:DescribeChangeSet",
                "cloudformation:ExecuteChangeSet",
                "cloudformation:GetStackPolicy",
                "cloudformation:SetStackPolicy",
                "cloudformation:UpdateTerminationProtection",
                "cloudformation:DeleteStack",
            ),
            STACKS,
        ),
        Grant(("cloudformation:DescribeStacks",), ANY),
    ),
    beside=(ADOPT,),
    text="The old stack releases what it holds by the credentials that are given; its policy and its protection "
    "are set aside for that, and put back. `DeleteStack` removes a stack that nothing is left in.",
)
REPAIR = Permissions(
    "repair",
    ("repair",),
    (
        _GET_IDENTITY,
        Grant(
            (
                "ses:PutEmailIdentityConfigurationSetAttributes",
                "ses:PutEmailIdentityDkimAttributes",
                "ses:PutEmailIdentityDkimSigningAttributes",
                "ses:PutEmailIdentityFeedbackAttributes",
                "ses:PutEmailIdentityMailFromAttributes",
            ),
            IDENTITIES,
        ),
        Grant(("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"), ZONE),
        _STACKS,
        Grant(
            (
                "cloudformation:GetStackPolicy",
                "cloudformation:SetStackPolicy",
                "cloudformation:ListStackResources",
            ),
            STACKS,
        ),
        Grant(("cloudformation:DescribeStacks",), ANY),
        Grant(("cloudformation:GetTemplate",), STACKS_EVERYWHERE),
        Grant(("sts:AssumeRole",), _roles("deploy")),
    ),
    text="`SetStackPolicy` and the role are for an identity that was deleted: its stack recreates it. To put back an "
    "own key, it also reads its secret, as [here](#private-keys). Where a stack of the file is not deployed, it looks "
    "through all regions for others that hold what the file asks for.",
)
PRUNE = Permissions(
    "prune",
    ("prune",),
    (
        Grant(
            ("ses:ListEmailIdentities", "cloudformation:DescribeStacks", "cloudformation:ListStacks"),
            ANY,
        ),
        Grant(("ses:GetEmailIdentity",), IDENTITIES_EVERYWHERE),
        Grant(("cloudformation:GetTemplate",), STACKS_EVERYWHERE),
        Grant(
            ("cloudformation:DescribeStackEvents", "cloudformation:ListStackResources"),
            OTHER_STACKS_EVERYWHERE,
        ),
        _RECORD_SETS,
    ),
    text="It looks for what no file names, in all regions; with `--region`, in those.",
)
REMOVE = Permissions(
    "prune --remove",
    ("prune",),
    (
        Grant(("ses:DeleteEmailIdentity",), IDENTITIES_EVERYWHERE),
        Grant(("route53:ChangeResourceRecordSets",), ZONE),
        Grant(("cloudformation:DeleteStack", "cloudformation:UpdateTerminationProtection"), STACKS_EVERYWHERE),
    ),
    beside=(PRUNE,),
    text="The last statement is needed where it deletes a stack. What a stack does not retain, CloudFormation "
    "deletes by the role that deployed it.",
)
NEW_KEY = Permissions(
    "dkim new-key",
    ("dkim new-key",),
    (
        Grant(
            (
                "secretsmanager:CreateSecret",
                "secretsmanager:DescribeSecret",
                "secretsmanager:PutSecretValue",
                "secretsmanager:ReplicateSecretToRegions",
                "secretsmanager:TagResource",
            ),
            SECRETS[:1],
        ),
    ),
    text="The home region has the secret, and copies it to the others. None of these actions reads the key.",
)
ROTATE = Permissions(
    "dkim rotate",
    ("dkim rotate",),
    (_GET_IDENTITY, _STACKS),
    beside=(NEW_KEY,),
    text="Those of `new-key` are for the step that makes a key, with `--begin`.",
)
LOOK_FOR_KEY = Permissions(
    "Preflight of an own key",
    ("preflight", "rollout run"),
    (Grant(("secretsmanager:ListSecretVersionIds",), SECRETS),),
    text="Beside those of the command. It returns no secret value.",
)
READ_KEY = Permissions(
    "Private keys",
    ("wait", "probe", "repair"),
    (Grant(("secretsmanager:GetSecretValue",), SECRETS),),
    text="Of `wait --restart` and `repair`, and of `probe` for a domain with `sign: self`; of what signs mail itself; "
    "and of the role by which CloudFormation deploys an identity with `key: own`. A secret that a KMS key of "
    "yours encrypts needs `kms:Decrypt` on that key as well.",
)
SIGNED_PROBE = Permissions(
    "Probe of a domain that signs its own mail",
    ("probe",),
    (
        Grant(("ses:SendRawEmail",), IDENTITIES),
        Grant(("ses:GetConfigurationSetEventDestinations",), SETS),
    ),
    beside=(PROBE, READ_KEY),
    text="SES is reported to ask for `SendRawEmail` beside `SendEmail` for a raw message; nobody has tried it on an "
    "account. It asks for the event destinations of a default configuration set only.",
)
REPLICATE = Permissions(
    "dkim replicate",
    ("dkim replicate",),
    text="`mailproof dkim replicate prod --policy` writes this for the domains of the file.",
    document=build_policy(ACCOUNT, [Replica(DOMAIN, REGIONS[1], REGIONS[0])]),
)
INIT = Permissions(
    "init",
    ("init",),
    (Grant(("route53:ListHostedZones", "ses:ListEmailIdentities"), ANY),),
    text="Only for its questions: with all options it asks neither you nor AWS.",
)

EXECUTION = (
    Grant(
        (
            "ses:CreateEmailIdentity",
            "ses:DeleteEmailIdentity",
            "ses:GetEmailIdentity",
            "ses:ListTagsForResource",
            "ses:PutEmailIdentityConfigurationSetAttributes",
            "ses:PutEmailIdentityDkimAttributes",
            "ses:PutEmailIdentityDkimSigningAttributes",
            "ses:PutEmailIdentityFeedbackAttributes",
            "ses:PutEmailIdentityMailFromAttributes",
            "ses:TagResource",
            "ses:UntagResource",
        ),
        IDENTITIES,
    ),
    Grant(("route53:ChangeResourceRecordSets", "route53:GetHostedZone", "route53:ListResourceRecordSets"), ZONE),
    Grant(("route53:GetChange",), ("arn:aws:route53:::change/*",)),
    Grant(("ssm:GetParameters",), BOOTSTRAP),
)
"""Of the role by which CloudFormation deploys."""

NOTHING = (
    *("dmarc policy", "doctor", "logo", "mta-sts", "rollout workflow"),
    *("try", "upgrade", "watch workflow"),
)
"""Commands that need no permission."""

SECTIONS = {
    "Look": (CHECK, RECORDS, HISTORY, KEEP, WATCH, PREFLIGHT, PLAN, COMPARE, POLICY_HOST, INIT),
    "Roll out and change": (ROLLOUT, ADOPT, MOVE, REPAIR, PRUNE, REMOVE, RESTART, SPF, ADDRESS),
    "Send": (PROBE, SIGNED_PROBE),
    "DKIM keys": (NEW_KEY, ROTATE, LOOK_FOR_KEY, READ_KEY, REPLICATE),
}
"""Headings of the page to what is below them."""
