"""Replicas of a key of SES: made outside CloudFormation, taken into stacks, and gone before their parent."""

import re
import shlex
from typing import Any

from tests.e2e.migration import adopt, roll_out
from tests.e2e.project import Project, fail, keys, succeed

PARENT, REPLICA = REGIONS = ["us-east-1", "eu-west-1"]


def test_replicas_from_the_first_deployment_to_the_last(project: Project) -> None:
    """The parent is deployed, its replica made, adopted and rolled out; then nothing takes the parent away."""
    domain = {"name": project.zone, "dkim": {"replica_of": PARENT}, "dmarc": {"policy": "none"}}
    project.write(domain, regions=REGIONS, removal_policy="retain", rollout={"gate": {"timeout_minutes": 1}})
    name = project.name

    message = fail(roll_out(project))
    assert f"identity {project.zone!r} is to be a replica of {PARENT}" in message
    assert f"mailproof dkim replicate {name}" in message
    assert project.stacks(PARENT) == project.stacks(REPLICA) == {}

    message = fail(project.mailproof("dkim", "replicate", name, "--yes"))
    assert f"mailproof rollout run {name} --environments {project.folder} --wave 1` deploys it" in message
    succeed(roll_out(project, "--wave", "1"))
    assert f"{project.zone} in {REPLICA}: made" in succeed(project.mailproof("dkim", "replicate", name, "--yes"))
    succeed(adopt(project, "--yes"))
    succeed(roll_out(project))

    assert project.is_verified()
    assert project.is_current()
    (ours, theirs) = (project.identity(region=region)["DkimAttributes"] for region in REGIONS)
    assert (theirs["Tokens"], theirs["SigningAttributesOrigin"]) == (ours["Tokens"], "AWS_SES_US_EAST_1")
    assert project.published() == keys(project.expected())
    assert succeed(project.mailproof("records", "--format", "csv")).count("._domainkey.") == len(ours["Tokens"])
    succeed(project.mailproof("check", "--environment", name, "--resolver", project.aws.dns))
    assert f"{project.zone} in {REPLICA} is a replica" in succeed(project.mailproof("dkim", "replicate", name))

    other = {"name": f"other.{project.zone}"}
    keys_of_file: dict[str, Any] = {
        "regions": REGIONS,
        "removal_policy": "retain",
        "rollout": {"gate": {"timeout_minutes": 1}},
    }
    project.write(other, **keys_of_file)
    message = fail(roll_out(project, "--skip-preflight", "--wave", "1"))
    assert f"{name}/ses-{REPLICA}: " in message
    assert f"is a replica of {PARENT}, whose identity would go or change its key" in message
    steps = re.findall(r"^  \d\. (.*)$", message, re.MULTILINE)
    assert steps[0] == f"let the file have {project.zone!r} as before, but with `regions: [{PARENT}]`"
    assert steps[1] == steps[3]
    assert shlex.split(steps[1])[-2:] == ["--allow", project.zone]
    assert "--wave" not in shlex.split(steps[1])
    for domains in ([domain | {"regions": [PARENT]}, other], [other]):
        project.write(*domains, **keys_of_file)
        succeed(roll_out(project, "--allow", project.zone))
    assert project.is_current()
