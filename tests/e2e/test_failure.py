"""Deployments that fail: they say why, leave what was there as it was, and converge when they are run again."""

from typing import Any

from tests.e2e.project import Project, fail, keys, succeed

FIRST, SECOND = REGIONS = ["eu-west-1", "us-east-1"]  # in the order of deployment
BY_HAND = '"made by hand"'


def _throttle(project: Project, domain: str) -> None:
    """Let SES refuse to make an identity, once."""
    project.aws.add_fault(
        resource_type="AWS::SES::EmailIdentity",
        target=domain,
        times=1,
        code="TooManyRequestsException",
        message="Rate exceeded",
    )


def _settings(project: Project, region: str) -> dict[str, Any]:
    """Return what SES says of the zone's own identity, without what changes whenever somebody asks."""
    identity = project.identity(region=region)
    return {key: value for key, value in identity.items() if key not in {"ResponseMetadata", "VerificationInfo"}}


def test_an_identity_that_exists_is_left_alone(project: Project) -> None:
    """The deployment names it, nothing of it changes, and the other region stands, verified."""
    ses = project.client("sesv2", SECOND)
    ses.create_email_identity(EmailIdentity=project.zone, Tags=[{"Key": "made", "Value": "by hand"}])
    before = _settings(project, SECOND)
    project.write(regions=REGIONS)
    message = fail(project.deploy_all())
    assert f"'{project.zone}' already exists" in message
    assert f"mailproof-{project.name}-ses-{SECOND}" in message
    assert _settings(project, SECOND) == before
    assert project.stacks(FIRST) == {f"ses-{FIRST}": "CREATE_COMPLETE"}
    assert project.states()[project.zone, FIRST] == ("SUCCESS", "SUCCESS")
    ses.delete_email_identity(EmailIdentity=project.zone)
    succeed(project.deploy_all())
    assert project.is_verified()


def test_a_record_that_exists_is_left_alone(project: Project) -> None:
    """The deployment names it; none of the domain's other records and no identity remain."""
    name = f"bounce.us-east-1.{project.zone}"
    project.change("CREATE", name, "TXT", BY_HAND)
    project.write()
    message = fail(project.deploy_all())
    assert f"name='{name}.', type='TXT'] but it already exists" in message
    assert project.answer(name, "TXT") == ["made by hand"]
    assert project.published() == {(name, "TXT")}
    assert project.identities() == set()
    project.change("DELETE", name, "TXT", BY_HAND)
    succeed(project.deploy_all())
    assert project.is_verified()


def test_a_failed_change_leaves_nothing_half_done(project: Project) -> None:
    """What a failed update has made goes again even with retain: it would bar the way of the next one."""
    project.write(removal_policy="retain")
    project.stand()
    records, states = project.expected(), project.states()
    new = f"new.{project.zone}"
    project.change("CREATE", f"bounce.us-east-1.{new}", "TXT", BY_HAND)
    project.write({"name": new}, {"name": project.zone}, removal_policy="retain")
    fail(project.deploy_all())
    assert project.stacks("us-east-1") == {"ses-us-east-1": "UPDATE_ROLLBACK_COMPLETE"}
    assert project.identities() == {project.zone}
    assert project.wrong(records) == {}
    assert project.published() == keys(records) | {(f"bounce.us-east-1.{new}", "TXT")}
    project.change("DELETE", f"bounce.us-east-1.{new}", "TXT", BY_HAND)
    succeed(project.deploy_all())
    assert project.is_verified()
    assert project.states().items() >= states.items()


def test_a_protected_first_deployment_that_fails_needs_a_hand(project: Project) -> None:
    """
    Nothing half-done is left, but AWS keeps the empty failed stack as protected as CDK asked it to.

    The second run says so; once the protection of that stack is lifted, the third converges.
    """
    project.write({"name": project.zone}, {"name": f"other.{project.zone}"}, removal_policy="retain")
    _throttle(project, f"other.{project.zone}")
    fail(project.deploy_all())
    assert project.identities() == set()
    assert project.published() == set()
    stack = f"mailproof-{project.name}-ses-us-east-1"
    message = fail(project.deploy_all())
    assert stack in message
    assert "cannot be deleted while TerminationProtection is enabled" in message
    cloudformation = project.client("cloudformation")
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    succeed(project.deploy_all())
    assert project.is_verified()
