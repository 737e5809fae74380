"""Records what commands ask of AWS, as IAM names it: which action, on which resource."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from mailproof.live.aws import session
from tests.e2e.project import Project

ACCOUNT, ZONE, ZONE_ID, NAME = "111122223333", "example.com", "Z0123456789EXAMPLE", "prod"
"""Of the example on the page."""
FREE = {"sts:GetCallerIdentity"}  # needs no permission
ANY = "*"

Call = tuple[str, str]
_IDENTITY = re.compile(r"(?<=:identity/).*")
_ACTIONS = {("s3", "ListObjectsV2"): "ListBucket", ("apigateway", "GetDomainName"): "GET"}
"""Of calls whose action has another name."""
_NO_RESOURCE = {"ses:VerifyEmailIdentity"}  # by the Service Authorization Reference


@dataclass
class Recorder:
    """
    What the commands of a project ask for by the credentials that they are given, as if it were the example.

    Attributes:
        project: Its account, zone, and name stand for those of the page.
        domains: Of its file, below the zone of the page.
        calls: Action and resource of each.
        by_roles: The same of what they ask for by roles that they assume.
    """

    project: Project
    domains: frozenset[str] = frozenset()
    calls: set[Call] = field(default_factory=set)
    by_roles: set[Call] = field(default_factory=set)

    def note(self, service: str, operation: str, params: Mapping[str, Any], region: str, *, by_role: bool) -> None:
        """Take note of a call."""
        action = f"{service}:{_ACTIONS.get((service, operation), operation)}"
        found = {(action, self._as_example(resource)) for resource in self._resources(action, params, region)}
        found |= {
            (implied, _in_region(resource, where))
            for implied, where in _implied(action, params)
            for _, resource in found
        }
        (self.by_roles if by_role else self.calls).update(call for call in found if call[0] not in FREE)

    def _as_example(self, text: str) -> str:
        project = self.project
        for own, other in (
            (project.account, ACCOUNT),
            (project.zone_id, ZONE_ID),
            (project.zone, ZONE),
            (f"mailproof-{project.name}-", f"mailproof-{NAME}-"),
        ):
            text = text.replace(own, other)
        # Every domain of the file stands for the one of the example.
        return _IDENTITY.sub(ZONE, text) if text.rpartition("/")[2] in self.domains else text

    def _resources(self, action: str, params: Mapping[str, Any], region: str) -> Iterator[str]:
        """Yield the ARNs that IAM compares with the resources of a policy."""
        service = action.partition(":")[0]
        if action in _NO_RESOURCE:
            yield ANY
            return
        place = f"arn:aws:{service}:{region}:{self.project.account}"
        for key, value in params.items():
            if key in {"TopicArn", "RoleArn"} or str(value).startswith("arn:aws:secretsmanager:"):
                yield value
                return
            kind = {
                "EmailIdentity": f"{place}:identity/{value}",
                "FromEmailAddress": f"{place}:identity/{str(value).partition('@')[2]}",
                "ConfigurationSetName": f"{place}:configuration-set/{value}",
                "HostedZoneId": f"arn:aws:route53:::hostedzone/{value}",
                "Id": f"arn:aws:route53:::hostedzone/{value}",
                "StackName": value if str(value).startswith("arn:") else f"{place}:stack/{value}/guid",
                "SecretId": f"{place}:secret:{value}-abcdef",
                "Key": f"arn:aws:s3:::{params.get('Bucket')}/{value}",
                "domainName": f"arn:aws:apigateway:{region}::/domainnames/{value}",
            }.get(key)
            if kind and not (key == "Id" and service != "route53"):
                yield kind
                return
        if service == "secretsmanager":
            yield f"{place}:secret:{params['Name']}-abcdef"
        elif service == "ssm":
            yield f"{place}:parameter/{params['Name'].removeprefix('/')}"
        elif service == "s3":
            yield f"arn:aws:s3:::{params['Bucket']}"
        elif action == "cloudformation:DescribeStackResources":  # of whatever stack holds a resource
            yield f"{place}:stack/any/guid"
        else:
            yield ANY


def _implied(action: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what AWS asks for beside the action of a call, and the region if that is another."""
    if action == "secretsmanager:CreateSecret" and "Tags" in params:
        yield "secretsmanager:TagResource", ""
    if action == "ses:SendEmail" and "Raw" in params["Content"]:
        yield "ses:SendRawEmail", ""
    if action == "ses:CreateEmailIdentity":
        origin = params["DkimSigningAttributes"]["DomainSigningAttributesOrigin"]
        yield "ses:ReplicateEmailIdentityDkimSigningKey", origin.removeprefix("AWS_SES_").replace("_", "-").lower()


def _in_region(arn: str, region: str) -> str:
    parts = arn.split(":")
    return ":".join([*parts[:3], region or parts[3], *parts[4:]])


@contextmanager
def recording(project: Project) -> Iterator[Recorder]:
    """Record what `mailproof` asks for in a `with` block."""
    file = yaml.safe_load((project.folder / f"{project.name}.yaml").read_text(encoding="utf-8"))
    names = (str(domain["name"]).replace(project.zone, ZONE) for domain in file["domains"])
    recorder, create = Recorder(project, frozenset(names)), session.AwsSession._create  # noqa: SLF001 -- where all clients are made

    def create_recorded(self: session.AwsSession, service: str, region: str | None) -> Any:
        client = create(self, service, region)

        def note(params: Mapping[str, Any], model: Any, **_: Any) -> None:
            name, where = model.service_model.signing_name, client.meta.region_name
            recorder.note(name, model.name, params, where, by_role=isinstance(self, session.AssumedSession))

        client.meta.events.register("provide-client-params", note)
        return client

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.AwsSession, "_create", create_recorded)
        yield recorder
