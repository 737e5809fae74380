"""Read cloud assemblies: the stacks that a CDK app has synthesised."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from mailproof.model.errors import MailproofError
from mailproof.model.regions import partition

STACK = "aws:cloudformation:stack"
NESTED = "cdk:cloud-assembly"
PARTITION = "${AWS::Partition}"
# What the CDK adds for its own bootstrap check: the same everywhere, and no part of what is deployed.
BOOTSTRAP_CHECK = (("Parameters", "BootstrapVersion"), ("Rules", "CheckBootstrapVersion"))


class AssemblyError(MailproofError):
    """A folder holds no cloud assembly, or not the one that the environment files make."""


@dataclass(frozen=True, slots=True)
class TemplateBucket:
    """
    The bucket from which CloudFormation reads templates that are too long for a call.

    Attributes:
        name: Of the S3 bucket.
        roles: ARNs of the roles that may write to it.
    """

    name: str
    roles: tuple[str, ...] = ()


Place: TypeAlias = tuple[str, str, str]
"""Account, region and name of a stack."""


@dataclass(frozen=True, slots=True)
class SynthesisedStack:
    """
    A stack of an assembly.

    Attributes:
        path: The id by which the CDK's command line selects it, such as ``prod/ses-eu-west-1``.
        name: Its name in CloudFormation.
        account: Where it is deployed to.
        region: Where it is deployed to.
        after: Paths of the stacks that are deployed before it.
        termination_protection: Whether CloudFormation refuses to delete it.
        tags: Tags of the stack.
        template: What is to be deployed.
        roles: ARNs of the bootstrap roles that may read it, in the order in which they are tried.
        bootstrap_parameter: SSM parameter of the bootstrap stack's version; None if no version is asked for.
        bootstrap_version: The oldest version of the bootstrap stack that will do.
        file: The template in the assembly; None if it was not read from one.
        bucket: That of its bootstrap; None if there is none.
        execution_role: ARN of the role by which CloudFormation works; empty for that of the caller.
    """

    path: str
    name: str
    account: str
    region: str
    after: tuple[str, ...] = ()
    termination_protection: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    bootstrap_parameter: str | None = None
    bootstrap_version: int = 0
    file: Path | None = field(default=None, compare=False)
    bucket: TemplateBucket | None = field(default=None, compare=False)
    execution_role: str = field(default="", compare=False)

    @property
    def environment(self) -> str:
        """Name of the environment that it is a stack of."""
        return self.path.partition("/")[0]

    @property
    def place(self) -> Place:
        """Account, region and name, by which AWS knows it."""
        return self.account, self.region, self.name

    @property
    def resources(self) -> dict[str, Any]:
        """Logical id to resource."""
        return dict(self.template.get("Resources", {}))

    def twin(self, name: str, region: str) -> "SynthesisedStack":
        """Return a stack that no assembly has, in the same account, with the bootstrap of its region."""
        roles = tuple(role.replace(self.region, region) for role in self.roles)
        bucket = self.bucket and TemplateBucket(
            self.bucket.name.replace(self.region, region),
            tuple(role.replace(self.region, region) for role in self.bucket.roles),
        )
        return SynthesisedStack(name, name, self.account, region, tags=self.tags, roles=roles, bucket=bucket)

    def head(self) -> dict[str, Any]:
        """Return what CloudFormation is told beside the template."""
        return {
            "path": self.path,
            "name": self.name,
            "account": self.account,
            "region": self.region,
            "after": self.after,
            "termination_protection": self.termination_protection,
            "tags": self.tags,
        }


Stacks: TypeAlias = dict[str, SynthesisedStack]
"""Path to stack."""


def read_assembly(folder: Path, environment: str) -> Stacks:
    """
    Read the stacks of an environment.

    Raises:
        AssemblyError: The folder holds no assembly, or not this environment.
    """
    nested = [
        artifact["properties"]["directoryName"]
        for artifact in _artifacts(folder).values()
        if artifact["type"] == NESTED and artifact["properties"].get("displayName") == environment
    ]
    if not nested:
        raise AssemblyError(f"{folder}: holds no environment {environment!r}; synthesise again")
    return {stack.path: stack for stack in _stacks(folder / nested[0])}


def read_all(folder: Path) -> Stacks:
    """
    Read every stack of an assembly, those of Stages included, without the CDK's own bootstrap check.

    Args:
        folder: What ``app.synth().directory`` names, or ``cdk.out``.

    Raises:
        AssemblyError: The folder holds no assembly.
    """
    found = {stack.path: stack for stack in _stacks(folder)}
    return {path: replace(stack, template=_without_bootstrap_check(stack.template)) for path, stack in found.items()}


def _stacks(folder: Path) -> Iterator[SynthesisedStack]:
    artifacts = _artifacts(folder)
    paths = {name: artifact["displayName"] for name, artifact in artifacts.items() if artifact["type"] == STACK}
    for name, artifact in artifacts.items():
        properties = artifact.get("properties", {})
        if artifact["type"] == NESTED:
            yield from _stacks(folder / properties["directoryName"])
        elif artifact["type"] == STACK:
            account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
            roles = (properties.get("assumeRoleArn"), properties.get("lookupRole", {}).get("arn"))
            yield SynthesisedStack(
                path=paths[name],
                name=properties.get("stackName", name),  # left out where it is the artifact's own
                account=account,
                region=region,
                after=tuple(sorted(paths[before] for before in artifact.get("dependencies", ()) if before in paths)),
                termination_protection=properties.get("terminationProtection", False),
                tags=properties.get("tags", {}),
                template=_read(folder, properties["templateFile"]),
                roles=tuple(role.replace(PARTITION, partition(region)) for role in roles if role),
                bootstrap_parameter=properties.get("bootstrapStackVersionSsmParameter"),
                bootstrap_version=properties.get("requiresBootstrapStackVersion", 0),
                file=folder / properties["templateFile"],
                bucket=_bucket(folder, properties, region),
                execution_role=str(properties.get("cloudFormationExecutionRoleArn") or "").replace(
                    PARTITION, partition(region)
                ),
            )


def _bucket(folder: Path, properties: Mapping[str, Any], region: str) -> TemplateBucket | None:
    """Return the bucket that the template of a stack is published to."""
    url = urlsplit(properties.get("stackTemplateAssetObjectUrl", ""))
    if url.scheme != "s3":
        return None
    assets = [name for name in properties.get("additionalDependencies", ()) if name.endswith(".assets")]
    destinations = (
        place
        for name in assets
        for file in _read(folder, f"{name}.json").get("files", {}).values()
        for place in file.get("destinations", {}).values()
        if place.get("bucketName") == url.netloc and "assumeRoleArn" in place
    )
    roles = dict.fromkeys(place["assumeRoleArn"].replace(PARTITION, partition(region)) for place in destinations)
    return TemplateBucket(url.netloc, tuple(roles))


def _without_bootstrap_check(template: dict[str, Any]) -> dict[str, Any]:
    sections = dict(template)
    for section, key in BOOTSTRAP_CHECK:
        sections[section] = {name: part for name, part in sections.get(section, {}).items() if name != key}
    return {name: section for name, section in sections.items() if section != {}}


def check_assembly(stacks: Iterable[str], planned: Iterable[str], folder: Path) -> None:
    """
    Refuse an assembly that was synthesised from other environment files.

    Raises:
        AssemblyError: Its stacks are not those of the plan.
    """
    found, wanted = set(stacks), set(planned)
    lines = [f"{folder}: lacks stack {path!r} of the plan; synthesise again" for path in sorted(wanted - found)]
    lines += [f"{folder}: holds stack {path!r}, not in the plan; synthesise again" for path in sorted(found - wanted)]
    if lines:
        raise AssemblyError("\n".join(lines))


def _artifacts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = _read(folder, "manifest.json").get("artifacts", {})
    return found


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        what = f"{folder}: holds no cloud assembly ({err}); give the folder that app.py or `cdk synth` has written"
        raise AssemblyError(what) from err
    return data
