"""Changes of an environment that is deployed: what changes follows the file, what does not is never touched."""

from typing import Any

from tests.e2e.project import Project, keys, succeed
from tests.e2e.watch import never_wrong

REGIONS = ["us-east-1", "eu-west-1"]


def _other(project: Project) -> dict[str, Any]:
    """Return a domain that no change concerns."""
    return {"name": f"other.{project.zone}", "mail_from": "bounce", "dmarc": {"policy": "reject"}}


def _check_all(project: Project) -> None:
    """Check that all of the file is verified, and that the zone holds its records and nothing else."""
    assert project.is_verified()
    assert project.wrong(project.expected()) == {}
    assert project.published() == keys(project.expected())


def test_a_changed_policy_and_mail_from_name_follow_the_file(project: Project) -> None:
    """DNS has the new DMARC policy and MAIL FROM names and no longer the old ones; nobody's tokens change."""
    project.write({"name": project.zone, "dmarc": {"policy": "none"}}, _other(project))
    project.stand()
    tokens = project.tokens()
    project.write({"name": project.zone, "mail_from": "mta", "dmarc": {"policy": "reject"}}, _other(project))
    assert project.has_differences()
    succeed(project.deploy_all())
    assert project.answer(f"_dmarc.{project.zone}", "TXT") == ["v=DMARC1; p=reject"]
    assert project.tokens() == tokens
    _check_all(project)


def test_a_further_region_and_a_further_domain_leave_the_others_alone(project: Project) -> None:
    """All are verified afterwards; every record of before is answered at every moment of the deployment."""
    project.write(_other(project))
    project.stand()
    records, tokens = project.expected(), project.tokens()
    project.write({"name": project.zone, "dmarc": {"policy": "none"}}, _other(project), regions=REGIONS)
    with never_wrong(project, records):
        succeed(project.deploy_all())
    assert project.tokens().items() >= tokens.items()
    assert len(project.states()) == 4
    _check_all(project)


def test_a_removed_domain_is_kept_with_retain(project: Project) -> None:
    """Identity and records stay, verified, though no stack holds them any more."""
    project.write({"name": project.zone, "dmarc": {"policy": "none"}}, _other(project), removal_policy="retain")
    project.stand()
    records, states = project.expected(), project.states()
    project.write(_other(project), removal_policy="retain")
    succeed(project.deploy_all())
    assert project.identities() == {project.zone, f"other.{project.zone}"}
    assert project.wrong(records) == {}
    assert project.published() == keys(records)
    project.write({"name": project.zone}, _other(project))
    assert project.states() == states


def test_a_removed_domain_is_gone_with_destroy(project: Project) -> None:
    """Neither identity nor records are left, and the other domain has all of its own."""
    project.write({"name": project.zone, "dmarc": {"policy": "none"}}, _other(project))
    project.stand()
    project.write(_other(project))
    succeed(project.deploy_all())
    assert project.identities() == {f"other.{project.zone}"}
    _check_all(project)
