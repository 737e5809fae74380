"""The CDK's commands as people type them: listing, choosing, taking apart, and refusing a file that is wrong."""

import pytest

from tests.e2e.conftest import MakeProject
from tests.e2e.project import Project, fail, keys, output_of, succeed

DMARC = {"policy": "none"}
WHOSE = {"sts"}
"""The command line asks once whose credentials it has, and remembers."""


@pytest.fixture(scope="module")
def pair(make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Project]:
    """Two environments in one folder, production that keeps what it made and staging that does not, both deployed."""
    folder = tmp_path_factory.mktemp("environments")
    production, staging = make_project(folder), make_project(folder)
    production.write({"name": production.zone, "dmarc": DMARC}, removal_policy="retain")
    staging.write({"name": staging.zone, "dmarc": DMARC})
    for project in (production, staging):
        project.stand()
    return production, staging


def _stack_lines(project: Project) -> list[str]:
    return [f"{project.name}/{stack} (mailproof-{project.name}-{stack})" for stack in ("dns", "ses-us-east-1")]


def test_ls_lists_the_stacks_of_all_environments(pair: tuple[Project, Project]) -> None:
    """Each has the id to select it by and its name in CloudFormation, in the order of deployment."""
    production, staging = pair
    listed = production.cli.run(production.account, "ls", "--app", str(production.synthesise()))
    assert listed.stdout.splitlines() == [*_stack_lines(production), *_stack_lines(staging)]


def test_one_environment_can_be_synthesised_alone(pair: tuple[Project, Project]) -> None:
    """`-c environment=…` reaches the app, which leaves the others out."""
    _, staging = pair
    run = staging.app("ls", "--context", f"environment={staging.name}")
    assert run.stdout.splitlines() == _stack_lines(staging)


def test_synth_writes_the_templates(pair: tuple[Project, Project]) -> None:
    """`cdk synth` shows the template of a stack that is named, and asks nothing of AWS for it."""
    production, _ = pair
    production.aws.reset_calls()
    assembly = str(production.synthesise())
    template = succeed(production.cli.run(production.account, "synth", f"{production.name}/dns", "--app", assembly))
    assert f"Name: _dmarc.{production.zone}." in template
    assert production.aws.calls().keys() <= WHOSE


def test_destroy_with_removal_policy_destroy_leaves_nothing(pair: tuple[Project, Project]) -> None:
    """Stacks, identities and records of that environment are gone; the other stands."""
    production, staging = pair
    assert staging.is_verified()
    succeed(staging.cdk("destroy", "--force"))
    assert staging.stacks("us-east-1") == {}
    assert staging.identities() == set()
    assert staging.published() == set()
    assert production.is_verified()


def test_destroy_with_retain_is_refused(pair: tuple[Project, Project]) -> None:
    """Termination protection refuses it in AWS's words, and everything stays."""
    production, _ = pair
    stacks = production.stacks("us-east-1")
    message = fail(production.cdk("destroy", "--force"))
    assert "cannot be deleted while TerminationProtection is enabled" in message
    assert production.stacks("us-east-1") == stacks
    assert production.is_verified()
    assert production.published() == keys(production.expected())


def test_without_protection_destroy_with_retain_keeps_identities_and_records(pair: tuple[Project, Project]) -> None:
    """The stacks go, mail still authenticates."""
    production, _ = pair
    cloudformation = production.client("cloudformation")
    for stack in production.stacks("us-east-1"):
        name = f"mailproof-{production.name}-{stack}"
        cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    succeed(production.cdk("destroy", "--force"))
    assert production.stacks("us-east-1") == {}
    assert production.is_verified()
    assert production.published() == keys(production.expected())


def test_a_broken_file_is_refused_before_anything_happens(project: Project) -> None:
    """`cdk deploy` names every problem by file and line, writes no assembly and asks nothing of AWS."""
    project.write({"name": project.zone, "regions": ["eu-wset-1"]}, {"name": project.zone, "dmarc": {"polcy": "none"}})
    file = project.folder / f"{project.name}.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    project.aws.reset_calls()
    run = project.app("deploy", "--all", "--require-approval", "never")
    message = fail(run)
    for text, problem in (("  - eu-wset-1", "did you mean 'eu-west-1'?"), ("    polcy: none", "polcy")):
        [line] = [number for number, found in enumerate(lines, start=1) if found == text]
        [said] = [found for found in message.splitlines() if found.startswith(f"{file}:{line}: ")]
        assert problem in said
    assert "Traceback" not in message
    assert list(output_of(run).iterdir()) == []  # the CDK makes the folder
    assert project.aws.calls().keys() <= WHOSE


def test_bootstrap_makes_what_deployments_need(project: Project) -> None:
    """`cdk bootstrap` makes in an account of its own what the tests have made over the API."""
    account = "444444444444"
    succeed(project.cli.run(account, "bootstrap", f"aws://{account}/us-east-1"))
    made, given = (
        project.aws.client("cloudformation", owner, "us-east-1").list_stack_resources(StackName="CDKToolkit")
        for owner in (account, project.account)
    )
    ids = [{found["LogicalResourceId"] for found in listed["StackResourceSummaries"]} for listed in (made, given)]
    assert ids[0] == ids[1]
