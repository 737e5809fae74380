"""docs/permissions.md against the calls that commands make: none is missing there, and none is there for nothing."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import typer.core
import typer.main

from mailproof.change.protection import build_policy
from mailproof.cli import app
from mailproof.model.resource_types import IDENTITY
from mailproof.reference import permissions
from mailproof.reference.permissions import Permissions
from tests.dmarc.samples import row, xml
from tests.e2e.project import Project, said
from tests.e2e.recorded import Call, recording
from tests.e2e.rolling import HOME, REGIONS
from tests.e2e.warm import Run

BUCKET = f"s3://{permissions.BUCKET}/{permissions.PREFIX}"
INTERRUPTED = {("cloudformation:DeleteChangeSet", stack) for stack in permissions.STACKS}
"""Takes away what a run that was killed has left: tests/move/test_interference.py."""
BY_THE_CDK = {("sts:AssumeRole", role) for role in permissions.ROLLOUT_ROLES if "-file-publishing-" in role}
"""The CDK's command line assumes these in a process of its own, which is not recorded."""


class Asked:
    """
    What commands have asked for, each with what it needs.

    Args:
        project: Its environment is deployed.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.calls: set[Call] = set()

    def run(self, *arguments: str, codes: Iterable[int] = (0,), files: bool = True) -> Run:
        """Run a command that may end with some exit codes, and add what it asks for."""
        project = self.project
        words = (*arguments, *(("--environments", str(project.folder)) if files else ()))
        with recording(project) as recorder:
            run = project.cli.mailproof(project.account, *words)
        assert run.returncode in codes, f"{arguments}: {said(run)}"
        self.calls |= recorder.calls
        return run

    def only(self, service: str) -> None:
        """Leave out what was asked of other services."""
        self.calls = {call for call in self.calls if call[0].startswith(f"{service}:")}

    def needs(self, *sections: Permissions) -> None:
        """Compare what was asked for since the last time with what sections of the page allow."""
        allowed = {call for section in sections for call in section.allowed()}
        missing = {call for call in self.calls if not any(_covers(one, call) for one in allowed)}
        assert missing == set(), f"{missing} is not on the page"
        unused = {
            one for one in allowed - BY_THE_CDK - INTERRUPTED if not any(_covers(one, call) for call in self.calls)
        }
        assert unused == set(), f"{unused} is on the page for nothing"
        self.calls = set()


def _covers(allowed: Call, call: Call) -> bool:
    return allowed[0] == call[0] and fnmatchcase(call[1], allowed[1])


@pytest.fixture
def asked(project: Project, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The example of the page, deployed, with a configuration set that nothing of ours has made."""
    monkeypatch.setenv("MAILPROOF_RESOLVER", project.aws.dns)
    write(project)
    project.stand()
    for region in REGIONS:
        project.client("sesv2", region).create_configuration_set(ConfigurationSetName="mail")
    take_set(project)
    return Asked(project)


def take_set(project: Project) -> None:
    """Give the identities their default configuration set."""
    for region in REGIONS:
        project.client("sesv2", region).put_email_identity_configuration_set_attributes(
            EmailIdentity=project.zone, ConfigurationSetName="mail"
        )


def write(project: Project, *others: str, regions: Iterable[str] = REGIONS, waves: str = "all", **keys: object) -> None:
    """Write the environment of the page, with more domains, and more keys of each."""
    domains = [
        {"name": project.zone, "dmarc": {"policy": "none"}, **keys},
        *({"name": name, **keys} for name in others),
    ]
    rollout = {"waves": waves, "gate": {"timeout_minutes": 1}}
    project.write(*domains, regions=list(regions), removal_policy="retain", rollout=rollout)


def test_every_command_is_on_the_page() -> None:
    """Each needs a policy of the page, or is listed as one that needs none."""
    known = {name for members in permissions.SECTIONS.values() for one in members for name in one.commands}
    assert not known & {*permissions.NOTHING}
    assert known | {*permissions.NOTHING} == {*_commands(typer.main.get_command(app))}


def _commands(command: object, *names: str) -> Iterable[str]:
    if isinstance(command, typer.core.TyperGroup):
        for name, below in command.commands.items():
            yield from _commands(below, *names, name)
    else:
        yield " ".join(names)


def test_looking(asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check and the commands that only read."""
    project = asked.project
    for command in ("check", "wait"):
        asked.run(command)
        asked.needs(permissions.CHECK)
    for region in REGIONS:
        project.aws.pin_status(project.account, region, project.zone, dkim_status="FAILED", mail_from_status="FAILED")
    asked.run("wait", "--restart", "--timeout", "0", codes=(1,))
    asked.needs(permissions.RESTART)
    for region in REGIONS:
        project.aws.pin_status(project.account, region, project.zone, dkim_status=None, mail_from_status=None)
    for words in [("probe", "--yes"), ("wait", "--probe")]:
        asked.run(*words)
        asked.needs(permissions.PROBE)

    project.client("s3").create_bucket(Bucket=permissions.BUCKET)
    asked.run("check", "--history", BUCKET)
    make_older(project)
    asked.run("check", "--history", BUCKET, "--history-keep", "30d")
    asked.needs(permissions.KEEP)
    asked.run("history", BUCKET, files=False)
    asked.needs(permissions.HISTORY)
    topic = project.client("sns").create_topic(Name="mail")["TopicArn"]
    place = ("--history", BUCKET, "--report", f"s3://{permissions.BUCKET}/report.html", "--topic", topic)
    project.delete_record(f"_dmarc.{project.zone}", "TXT")
    asked.run("watch", "run", "--environment", project.name, *place)
    asked.needs(permissions.WATCH)

    message, report = tmp_path / "message.eml", tmp_path / "report.xml"
    message.write_text(f"From: shop@{project.zone}\n\nHello\n")
    report.write_text(xml(row()).replace("example.com", project.zone))
    lines: list[tuple[str, ...]] = [
        ("records",),
        ("export", "json"),
        ("explain", str(message), "--ask-ses"),
        ("dmarc", "reports", str(report)),
        ("dmarc", "next", str(report)),
    ]
    for line in lines:
        asked.run(*line, codes=(0, 1, 3))
        asked.needs(permissions.RECORDS)
    asked.run("zone", "compare", project.name, codes=(0, 1))
    asked.needs(permissions.COMPARE)
    write(project, mta_sts={"mode": "testing", "mx": [f"mx.{project.zone}"], "serve": True})
    for line in [("records",), ("zone", "compare", project.name)]:
        asked.run(*line, codes=(1, 3))
        asked.only("apigateway")
        asked.needs(permissions.POLICY_HOST)
    write(project)
    asked.run("rollout", "plan")
    asked.needs(permissions.PLAN)
    monkeypatch.setattr("mailproof.change.consent.is_terminal", lambda: True)
    monkeypatch.setattr("mailproof.change.consent.ask_terminal", lambda _: "")
    monkeypatch.chdir(tmp_path)
    asked.run("init", files=False)
    asked.needs(permissions.INIT)


def make_older(project: Project) -> None:
    """Copy the run that is kept to where one of six years ago would be."""
    s3 = project.client("s3")
    [found] = s3.list_objects_v2(Bucket=permissions.BUCKET, Prefix=permissions.PREFIX)["Contents"]
    body = s3.get_object(Bucket=permissions.BUCKET, Key=found["Key"])["Body"].read()
    key = re.sub(r"run-\d{4}", "run-2020", found["Key"])
    s3.put_object(Bucket=permissions.BUCKET, Key=key, Body=body)


def test_rolling_out(asked: Asked) -> None:
    """An identity that somebody has made by hand is looked at closely; then it is rolled out."""
    project = asked.project
    hand = f"hand.{project.zone}"
    for region in REGIONS:
        client = project.client("sesv2", region)
        client.create_email_identity(EmailIdentity=hand)
        client.delete_email_identity(EmailIdentity=project.zone)  # and made again past its stack
        client.create_email_identity(EmailIdentity=project.zone)
    write(project, hand)
    asked.run("preflight", codes=(1,))
    looking = asked.calls
    asked.needs(permissions.PREFLIGHT)
    for region in REGIONS:
        project.client("sesv2", region).delete_email_identity(EmailIdentity=hand)
    write(project)
    assert project.mailproof("repair", project.name, "--yes").returncode == 0
    take_set(project)
    write(project, hand)
    asked.calls = looking
    asked.run("rollout", "run", project.name, "--yes", "--assembly", str(project.synthesise()))
    asked.needs(permissions.ROLLOUT)


def test_adopting_and_moving(asked: Asked) -> None:
    """Into a stack, and from one to another, under the policy of a rollout."""
    project = asked.project
    new = f"new.{project.zone}"
    for region in REGIONS:
        project.client("sesv2", region).create_email_identity(EmailIdentity=new)
    write(project, new)
    asked.run("adopt", "--environment", project.name, "--yes", "--assembly", str(project.synthesise()))
    adopting = asked.calls
    asked.needs(permissions.ADOPT)
    protect(project)
    write(project, new, stack="brand")
    asked.calls = adopting
    asked.run("move", project.name, "--yes", "--assembly", str(project.synthesise()))
    asked.needs(permissions.MOVE)


def protect(project: Project) -> None:
    """Set the policy that a rollout leaves on stacks."""
    for stack in project.synthesised():
        client = project.client("cloudformation", stack.region)
        client.set_stack_policy(StackName=stack.name, StackPolicyBody=build_policy())


def test_repairing(asked: Asked) -> None:
    """Every setting of one identity, also those that only an app of one's own sets, and another that was deleted."""
    project = asked.project
    gone = f"gone.{project.zone}"
    write(project, gone, dkim={"key_length": 1024})
    project.stand()
    for stack in project.synthesised():
        template = json.loads(stack.text)
        for resource in template["Resources"].values():
            if resource["Type"] == IDENTITY:
                resource["Properties"] |= {
                    "FeedbackAttributes": {"EmailForwardingEnabled": False},
                    "ConfigurationSetAttributes": {"ConfigurationSetName": "mail"},
                }
        project.deploy(template["Resources"], stack=stack.name, region=stack.region)
    protect(project)
    for region in REGIONS:
        ses, key = project.client("sesv2", region), project.aws.ses_key(project.account, region, project.zone)
        ses.put_email_identity_feedback_attributes(EmailIdentity=project.zone, EmailForwardingEnabled=True)
        ses.put_email_identity_configuration_set_attributes(EmailIdentity=project.zone)
        ses.put_email_identity_mail_from_attributes(EmailIdentity=project.zone)
        ses.put_email_identity_dkim_signing_attributes(
            EmailIdentity=project.zone,
            SigningAttributesOrigin="EXTERNAL",
            SigningAttributes={
                "DomainSigningSelector": "s1",
                "DomainSigningPrivateKey": "".join(key["private_key"].splitlines()[1:-1]),
            },
        )
        ses.put_email_identity_dkim_attributes(EmailIdentity=project.zone, SigningEnabled=False)
        ses.delete_email_identity(EmailIdentity=gone)
    project.delete_record(f"_dmarc.{project.zone}", "TXT")
    asked.run("repair", project.name, "--yes")
    write(project, gone, stack="brand")  # a stack that is not there yet
    asked.run("repair", project.name, "--yes", codes=(0, 1))
    asked.needs(permissions.REPAIR)


def test_pruning(asked: Asked) -> None:
    """A domain and a region have left the files."""
    project = asked.project
    write(project, f"old.{project.zone}")
    project.stand()
    write(project, regions=REGIONS[:1])
    project.stand()
    asked.run("prune")
    looking = asked.calls
    asked.needs(permissions.PRUNE)
    asked.calls = looking
    asked.run("prune", "--remove", "--yes", "--max-removals", "50")
    asked.needs(permissions.REMOVE)


def test_own_keys(asked: Asked, tmp_path: Path) -> None:
    """A key is made, exchanged, told to SES again, and signs what the domain sends itself."""
    project = asked.project
    of_domain = (project.name, project.zone, "--yes")
    write(project, dkim={"key": "own"})
    asked.run("dkim", "new-key", *of_domain)
    making = asked.calls
    asked.calls = set()
    asked.run("preflight", codes=(0, 1))
    asked.only("secretsmanager")
    asked.needs(permissions.LOOK_FOR_KEY)
    asked.calls = making
    project.stand()
    asked.run("dkim", "rotate", *of_domain, "--begin")
    making = asked.calls
    asked.needs(permissions.NEW_KEY)
    asked.calls = making
    for _ in REGIONS:
        project.stand()
        asked.run("dkim", "rotate", *of_domain)
    asked.run("dkim", "rotate", *of_domain, codes=(0, 1))
    asked.needs(permissions.ROTATE)
    for region in REGIONS:
        project.aws.pin_status(project.account, region, project.zone, dkim_status="FAILED", mail_from_status="FAILED")
    asked.run("wait", "--restart", "--timeout", "0", codes=(1,))
    asked.needs(permissions.RESTART, permissions.READ_KEY)
    for region in REGIONS:
        project.aws.pin_status(project.account, region, project.zone, dkim_status=None, mail_from_status=None)
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    write(project, dkim={"sign": "self"})
    for region in REGIONS:  # as its deployment does
        ses = project.client("sesv2", region)
        ses.put_email_identity_dkim_attributes(EmailIdentity=project.zone, SigningEnabled=False)
    inbox = ("--to", f"me@{project.zone}", "--maildir", str(tmp_path), "--timeout", "0")
    asked.run("probe", "--yes", *inbox, codes=(1, 3))
    asked.needs(permissions.SIGNED_PROBE)


def test_records_and_addresses(asked: Asked) -> None:
    """What one command writes by itself, and one asks SES to send."""
    project = asked.project
    write(project, spf={"include": [f"_spf.{project.zone}"]}, addresses=["billing"])
    project.change("CREATE", f"_spf.{project.zone}", "TXT", '"v=spf1 ip4:192.0.2.1 -all"')
    asked.run("spf", project.name, project.zone, "--yes")
    asked.needs(permissions.SPF)
    project.stand()
    asked.run("address", "resend", project.name)
    asked.needs(permissions.ADDRESS)


def test_replicas(project: Project) -> None:
    """The policy that the command prints is the one of the page."""
    write(project, dkim={"replica_of": HOME}, waves="canary")
    project.client("sesv2").create_email_identity(EmailIdentity=project.zone)
    project.publish_dkim()
    asked = Asked(project)
    asked.run("dkim", "replicate", project.name, "--yes")
    asked.needs(permissions.REPLICATE)
    printed = json.loads(asked.run("dkim", "replicate", project.name, "--policy").stdout)
    assert str(printed).replace(project.account, permissions.ACCOUNT).replace(project.zone, permissions.DOMAIN) == str(
        json.loads(permissions.REPLICATE.policy)
    )
