"""What `mailproof check` says of a deployment: whole, broken by hand in each of ten ways, and repaired."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import pytest

from tests.e2e.checking import Found, check
from tests.e2e.conftest import MakeProject
from tests.e2e.project import Project

HERE, THERE = "us-east-1", "eu-central-2"  # the keys of the second are below a host of its own
VERIFIED = ("SUCCESS", "SUCCESS", "SUCCESS", "right")

Breakage = Callable[[Project], AbstractContextManager[list[Found]]]


@pytest.fixture(scope="module")
def deployed(make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A domain with its own MAIL FROM name in each of two regions, and one below it whose regions share theirs."""
    project = make_project(tmp_path_factory.mktemp("environments"))
    project.write(
        {"name": project.zone, "dmarc": {"policy": "reject"}},
        {"name": _news(project), "mail_from": "bounce"},
        regions=[HERE, THERE],
    )
    project.stand()
    return project


def _news(project: Project) -> str:
    return f"news.{project.zone}"


def _dkim_record(project: Project, domain: str, region: str) -> tuple[str, str]:
    """Return name and target of the first DKIM record of an identity."""
    name, target = project.tokens()[domain, region][0]
    return str(name), str(target)


def _dkim_finding(rule: str, domain: str, region: str, name: str) -> Found:
    return Found(rule, domain=domain, region=region, name=name, type="CNAME")


def _change(project: Project, action: str, record_set: dict[str, Any]) -> None:
    changes = [{"Action": action, "ResourceRecordSet": record_set}]
    project.client("route53").change_resource_record_sets(
        HostedZoneId=project.zone_id, ChangeBatch={"Changes": changes}
    )


def _record_set(project: Project, name: str, rdtype: str) -> dict[str, Any]:
    """Return a record set as it was deployed."""
    listed = project.client("route53").list_resource_record_sets(HostedZoneId=project.zone_id)["ResourceRecordSets"]
    [found] = [record for record in listed if (record["Name"], record["Type"]) == (f"{name}.", rdtype)]
    return dict(found)


@contextlib.contextmanager
def _without(project: Project, name: str, rdtype: str) -> Iterator[None]:
    """Take a record set away, and put it back."""
    whole = _record_set(project, name, rdtype)
    _change(project, "DELETE", whole)
    yield
    _change(project, "CREATE", whole)


@contextlib.contextmanager
def _with_values(project: Project, name: str, rdtype: str, *values: str) -> Iterator[None]:
    """Give a record set other values, and put its own back."""
    whole = _record_set(project, name, rdtype)
    _change(project, "UPSERT", {**whole, "ResourceRecords": [{"Value": value} for value in values]})
    yield
    _change(project, "UPSERT", whole)


@contextlib.contextmanager
def dkim_record_deleted(project: Project) -> Iterator[list[Found]]:
    """Take one DKIM record away."""
    name, _ = _dkim_record(project, _news(project), HERE)
    with _without(project, name, "CNAME"):
        yield [_dkim_finding("dkim-cname-missing", _news(project), HERE, name)]


@contextlib.contextmanager
def dkim_value_changed(project: Project) -> Iterator[list[Found]]:
    """Let one DKIM record point at the key of another token."""
    name, _ = _dkim_record(project, project.zone, THERE)
    _, other = project.tokens()[project.zone, THERE][1]
    with _with_values(project, name, "CNAME", str(other)):
        yield [_dkim_finding("dkim-cname-points-elsewhere", project.zone, THERE, name)]


@contextlib.contextmanager
def second_mx(project: Project) -> Iterator[list[Found]]:
    """Add an MX at the MAIL FROM name that two regions share, so that no region is to blame."""
    name, right = f"bounce.{_news(project)}", f"10 feedback-smtp.{HERE}.amazonses.com."
    with _with_values(project, name, "MX", right, "20 mail.provider.example."):
        yield [Found("mail-from-mx-extra", domain=_news(project), name=name, type="MX")]


@contextlib.contextmanager
def doubled_name(project: Project) -> Iterator[list[Found]]:
    """Move a DKIM record to its name with the zone behind it, as a form that appends the zone does."""
    name, target = _dkim_record(project, _news(project), THERE)
    project.change("CREATE", f"{name}.{project.zone}", "CNAME", target)
    with _without(project, name, "CNAME"):
        yield [_dkim_finding("dkim-cname-doubled-zone", _news(project), THERE, name)]
    project.change("DELETE", f"{name}.{project.zone}", "CNAME", target)


@contextlib.contextmanager
def delegation_cut(project: Project) -> Iterator[list[Found]]:
    """Let the parent forget the zone."""
    project.aws.cut_delegation(project.zone)
    yield [Found("delegation-missing", name=project.zone, type="NS")]
    project.aws.restore_delegation(project.zone)


@contextlib.contextmanager
def dns_server_stopped(project: Project) -> Iterator[list[Found]]:
    """Close the port of the resolver that the command is told to ask."""
    project.aws.set_dns_listener(running=False)
    yield [Found("dns-unanswered", "unknown", name=project.zone, type="NS")]
    project.aws.set_dns_listener(running=True)


@contextlib.contextmanager
def ses_denied(project: Project) -> Iterator[list[Found]]:
    """Let SES of one region deny every call."""
    project.aws.add_fault(service="sesv2", account=project.account, region=THERE, code="AccessDeniedException")
    yield [Found("ses-unanswered", "unknown", region=THERE)]
    project.aws.clear_faults()


@contextlib.contextmanager
def ses_throttled(project: Project) -> Iterator[list[Found]]:
    """Let SES of one region refuse to be asked so fast, however often it is asked again."""
    call = {"service": "sesv2", "operation": "GetEmailIdentity", "account": project.account, "region": HERE}
    project.aws.add_fault(**call, code="TooManyRequestsException", message="Rate exceeded")
    with patch("time.sleep"):  # the client asks again at once
        yield [Found("ses-unanswered", "unknown", region=HERE)]
    [fault] = project.aws.faults()
    assert fault["hits"] == 2 * 2, "each of two identities is asked for a second time"
    project.aws.clear_faults()


@contextlib.contextmanager
def identity_deleted(project: Project) -> Iterator[list[Found]]:
    """Delete the identity in one region; make it anew by hand, with the records that SES then asks for."""
    ses, domain = project.client("sesv2", THERE), _news(project)
    ses.delete_email_identity(EmailIdentity=domain)
    yield [Found("identity-missing", domain=domain, region=THERE)]
    ses.create_email_identity(EmailIdentity=domain)
    _set_mail_from(project, domain, THERE, f"bounce.{domain}")
    project.publish_dkim(THERE, zone_name=domain)


@contextlib.contextmanager
def mail_from_reset(project: Project) -> Iterator[list[Found]]:
    """Take the MAIL FROM domain from an identity."""
    project.client("sesv2", HERE).put_email_identity_mail_from_attributes(EmailIdentity=project.zone)
    yield [Found("mail-from-differs", domain=project.zone, region=HERE)]
    _set_mail_from(project, project.zone, HERE, f"bounce.{HERE}.{project.zone}")


def _set_mail_from(project: Project, domain: str, region: str, name: str) -> None:
    ses = project.client("sesv2", region)
    ses.put_email_identity_mail_from_attributes(EmailIdentity=domain, MailFromDomain=name)


BREAKAGES: list[Breakage] = [
    dkim_record_deleted,
    dkim_value_changed,
    second_mx,
    doubled_name,
    delegation_cut,
    dns_server_stopped,
    ses_denied,
    ses_throttled,
    identity_deleted,
    mail_from_reset,
]


def _check_whole(project: Project) -> None:
    checked = check(project)
    assert (checked.exit_code, checked.findings) == (0, [])
    assert checked.identities == dict.fromkeys(project.states(), VERIFIED)


def test_a_deployment_is_verified(deployed: Project) -> None:
    """Every identity is verified with its records right, nothing is found, and the exit code is 0."""
    assert len(deployed.states()) == 4
    _check_whole(deployed)


@pytest.mark.parametrize("broken", BREAKAGES, ids=lambda broken: broken.__name__)
def test_a_breakage_is_named_and_nothing_else(deployed: Project, broken: Breakage) -> None:
    """One finding, on what was broken, with a fix; and none any more once that is repaired."""
    with broken(deployed) as expected:
        checked = check(deployed)
    assert checked.found == expected
    assert checked.exit_code == (3 if expected[0].severity == "unknown" else 1)
    assert all(finding["fix"] and finding["source"] for finding in checked.findings)
    _check_whole(deployed)
