"""A first deployment, and what follows it when nothing or only the order has changed."""

import re
from typing import Any

import pytest

from tests.e2e.conftest import MakeProject
from tests.e2e.project import Project, fail, keys, said, succeed
from tests.e2e.rolling import Rollout

REGIONS = ["us-east-1", "eu-central-2"]


def _write(project: Project, *, backwards: bool = False) -> None:
    alias = {"alias": f"_dmarc.{project.zone}"}
    domains = [
        {"name": project.zone, "dmarc": {"policy": "reject", "reports": [f"dmarc@{project.zone}"]}},
        {"name": f"News.{project.zone}.", "mail_from": "bounce", "dmarc": alias},
        {"name": f"bücher.{project.zone}", "regions": ["eu-central-2"], "mail_from": f"bounce.bücher.{project.zone}"},
    ]
    keys: dict[str, Any] = {"regions": REGIONS, "removal_policy": "retain", "parked": [f"old.{project.zone}"]}
    project.write(*reversed(domains) if backwards else domains, **keys)


@pytest.fixture(scope="module")
def deployed(make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two regions, a subdomain in its parent's zone, a shared MAIL FROM name, an international name, a parked one."""
    project = make_project(tmp_path_factory.mktemp("environments"))
    _write(project)
    succeed(project.app("deploy", f"{project.name}/*", "--require-approval", "never"))
    return project


def test_every_identity_is_verified(deployed: Project) -> None:
    """SES finds the DKIM and MAIL FROM records of every domain in every region."""
    assert len(deployed.states()) == 5
    assert deployed.is_verified()


def test_every_expected_record_answers(deployed: Project) -> None:
    """DNS answers each record that a domain needs with its one value, byte by byte."""
    records = deployed.expected()
    # DKIM and MAIL FROM of 5, of which 2 share a MAIL FROM name; a DMARC record, an alias of it, and the consent of the
    # host that takes the reports of both; DMARC, SPF, keys and MX of a parked domain.
    assert len(records) == 5 * 3 + 4 * 2 + 3 + 4
    assert deployed.wrong(records) == {}


def test_the_zone_holds_nothing_else(deployed: Project) -> None:
    """No name has the zone twice, and at the apex stand NS and SOA alone."""
    assert deployed.published() == keys(deployed.expected())
    assert not [name for name, _ in deployed.published() if name == deployed.zone]
    assert not [name for name, _ in deployed.published() if f"{deployed.zone}.{deployed.zone}" in name]


def test_the_host_of_the_dkim_keys_is_that_of_the_region(deployed: Project) -> None:
    """eu-central-2 publishes its keys below a host of its own, us-east-1 below the general one."""
    for (_, region), pairs in deployed.tokens().items():
        host = "dkim.eu-central-2.amazonses.com" if region == "eu-central-2" else "dkim.amazonses.com"
        for name, target in pairs:
            [answer] = deployed.answer(str(name), "CNAME")
            assert answer == f"{target}."
            assert re.fullmatch(rf"[a-z0-9]+\.{re.escape(host)}\.", answer)


def test_a_shared_mail_from_name_points_at_the_home_region(deployed: Project) -> None:
    """One MX serves both regions."""
    assert deployed.answer(f"bounce.news.{deployed.zone}", "MX") == ["10 feedback-smtp.us-east-1.amazonses.com."]


def test_an_alias_has_the_shared_policy(deployed: Project) -> None:
    """Receivers read the record behind it."""
    shared = f"v=DMARC1; p=reject; rua=mailto:dmarc@{deployed.zone}"
    assert deployed.answer(f"_dmarc.news.{deployed.zone}", "CNAME") == [f"_dmarc.{deployed.zone}."]
    assert deployed.answer(f"_dmarc.{deployed.zone}", "TXT") == [shared]
    assert deployed.answer(f"news.{deployed.zone}._report._dmarc.{deployed.zone}", "TXT") == ["v=DMARC1"]


def test_diff_finds_nothing_after_a_deployment(deployed: Project) -> None:
    """`cdk diff --fail` ends with exit code 0 and says so."""
    assert not deployed.has_differences()


def test_a_second_deployment_changes_nothing(deployed: Project) -> None:
    """`cdk deploy` finds no changes in any stack."""
    run = deployed.deploy_all()
    assert succeed(run).count("(no changes)") == len(deployed.stacks("us-east-1")) + len(deployed.stacks(REGIONS[1]))
    assert deployed.stacks("us-east-1") == {"dns": "CREATE_COMPLETE", "ses-us-east-1": "CREATE_COMPLETE"}, said(run)


def test_the_order_of_domains_makes_no_difference(deployed: Project) -> None:
    """Every stack holds what is asked for when the domains of the file change places."""
    _write(deployed, backwards=True)
    assert deployed.is_current()


def test_what_is_deployed_in_groups_stays_in_them(project: Project) -> None:
    """Without `record_sets` the file asks for single records: refused before anything, with the key that keeps them."""
    rollout = Rollout(project, keys={"record_sets": "grouped"})
    succeed(rollout.run())
    assert project.is_verified()
    before = rollout.standing()

    rollout.keys.clear()
    rollout.write()
    refused = rollout.run()
    assert refused.returncode == 1, refused.stderr
    assert "`record_sets: grouped` keeps the group" in refused.stderr
    assert rollout.standing() == before
    assert "already exists" in fail(rollout.cdk("deploy", "--require-approval", "never"))
    assert rollout.standing().has_all_of(before)

    rollout.keys["record_sets"] = "grouped"
    rollout.write()
    succeed(rollout.run())
    assert rollout.standing().has_all_of(before)
