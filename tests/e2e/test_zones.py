"""Zones that are not the account's own: another account's, and another DNS provider's."""

from collections.abc import Sequence

import pytest

from mailproof.model.dns_record import DnsRecord
from tests.e2e.project import Project, fail, keys, succeed, wire_value

REGIONS = ["us-east-1", "eu-west-1"]


def _move_zone(project: Project, account: str) -> dict[str, object]:
    """Let another account have a zone of that name in place of the one that the project has; return it for the file."""
    project.client("route53").delete_hosted_zone(Id=project.zone_id)
    zone_id = f"{project.zone_id}B"
    project.aws.seed_zone(account, zone_id, project.zone)
    return {project.zone: {"id": zone_id, "account": account}}


@pytest.mark.parametrize("record_sets", ["grouped", "individual"])
def test_a_zone_in_an_account_that_trusts_us(project: Project, zone_account: str, record_sets: str) -> None:
    """The records land in the other account, those with DKIM tokens too; a region that leaves is pruned in both."""
    zones = _move_zone(project, zone_account)
    domain = {"name": project.zone, "mail_from": "bounce", "dmarc": {"policy": "reject"}}
    project.write(domain, regions=REGIONS, zones=zones, record_sets=record_sets)
    succeed(project.deploy_all())
    assert project.is_verified()
    assert project.wrong(project.expected()) == {}
    assert project.stacks("eu-west-1", zone_account) == {f"dns-{zone_account}-eu-west-1": "CREATE_COMPLETE"}
    assert not project.has_differences()
    project.write(domain, regions=REGIONS[:1], zones=zones, record_sets=record_sets)
    succeed(project.mailproof("prune", "--environment", project.name, "--remove", "--yes"))
    assert project.stacks("eu-west-1", zone_account) == project.stacks("eu-west-1") == {}
    assert project.is_verified()
    assert project.wrong(project.expected()) == {}


@pytest.mark.parametrize("first", ["shared records", "identities"])
def test_a_zone_in_an_account_that_does_not_trust_us(project: Project, first: str) -> None:
    """The deployment names the role that it may not use and what to do, before anything is made anywhere."""
    stranger = project.account.replace("1", "3", 1)
    project.cli.bootstrap(stranger, "us-east-1")
    zones = _move_zone(project, stranger)
    dmarc = {"policy": "reject"} if first == "shared records" else "none"
    project.write({"name": project.zone, "dmarc": dmarc}, zones=zones)
    message = fail(project.deploy_all())
    assert f"role/cdk-hnb659fds-deploy-role-{stranger}-us-east-1" in message
    assert "'--trust'" in message
    assert project.stacks("us-east-1") == {}
    assert project.stacks("us-east-1", stranger) == {}
    assert project.identities() == set()
    assert project.answer(f"_dmarc.{project.zone}", "TXT") == []


def test_a_zone_of_another_provider_is_left_to_people(project: Project) -> None:
    """Nothing is written anywhere; once the expected records are entered there, all is verified."""
    name = f"external.{project.zone}"
    project.aws.put_external_zone(name, _zone_file(name, []))
    project.write({"name": name, "mail_from": "bounce", "dmarc": {"policy": "none"}}, zones={name: "external"})
    project.stand()
    assert project.published() == set()
    assert set(project.states().values()) == {("PENDING", "PENDING")}
    records = project.expected()
    assert project.wrong(records) == {" ".join(key): [] for key in keys(records)}
    project.aws.put_external_zone(name, _zone_file(name, records))
    assert project.is_verified()
    assert project.wrong(records) == {}
    assert project.is_current()


def _zone_file(name: str, records: Sequence[DnsRecord]) -> str:
    """Write a zone as a person does who reads off the records one by one."""
    values = {record: f'"{record.values[0]}"' if record.type == "TXT" else wire_value(record) for record in records}
    return "\n".join(
        (
            f"$ORIGIN {name}.",
            "$TTL 300",
            f"@ SOA ns.provider.example. hostmaster.{name}. 1 7200 900 1209600 300",
            "@ NS ns.provider.example.",
            *(f"{record.name}. {record.type} {value}" for record, value in values.items()),
            "",
        )
    )
