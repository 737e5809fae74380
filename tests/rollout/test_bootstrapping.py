"""What has to be bootstrapped is said first, by a command line that can be pasted."""

import json
from pathlib import Path
from typing import Any

import pytest

from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.session import ask_aws
from mailproof.rollout.bootstrapping import find_unbootstrapped
from mailproof.template.bootstrap import Bootstraps
from mailproof.template.cloud_assembly import read_assembly
from tests.fake_aws import FakeAws
from tests.rollout.engines import pipeline_template
from tests.rollout.world import PIPELINE, synthesise

OWN, ZONES = "222222222222", "333333333333"
POLICY = "--cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess"


class FakeClients(Clients):
    """Credentials of one account; each account and region has a version, none, or refuses."""

    def __init__(self, account: str = OWN, **versions: Any) -> None:
        self._of = account
        self.versions = versions
        self.parameters: set[str] = set()

    def account(self, region: str) -> str:  # noqa: ARG002 -- one account everywhere
        """Return whose they are."""
        return self._of

    def ask(self, service: str, target: Target, call: Any) -> Any:
        """Let SSM answer."""
        assert service == "ssm"
        found = self.versions.get(f"a{target.account}", self.versions.get(target.region.replace("-", "_"), "30"))
        if isinstance(found, Unanswered):
            return found
        aws = FakeAws()

        def answer(body: str) -> tuple[int, Any]:
            self.parameters.add(json.loads(body)["Name"])
            return (200, {"Parameter": {"Value": found}}) if found else (400, {"__type": "ParameterNotFound"})

        aws.answers["ssm GetParameter"] = answer
        return ask_aws(lambda: call(aws.client("ssm", target.region)))


def find(assembly: Path, clients: Clients, toolkit: str | None = None) -> tuple[str, ...]:
    """Look at the environment prod."""
    return find_unbootstrapped(read_assembly(assembly, "prod").values(), clients, Bootstraps(toolkit=toolkit))


def test_all_is_bootstrapped(assembly: Path) -> None:
    """Nothing is said; one question an account and region."""
    clients = FakeClients()
    assert find(assembly, clients) == ()
    assert clients.parameters == {"/cdk-bootstrap/hnb659fds/version"}


def test_a_region_that_was_added(assembly: Path) -> None:
    """Before anything of the other regions is deployed."""
    (line,) = find(assembly, FakeClients(eu_central_2=None))
    assert line == (
        f"aws://{OWN}/eu-central-2: is not bootstrapped; run, with credentials of that account: "
        f"cdk bootstrap aws://{OWN}/eu-central-2"
    )


def test_an_old_one(assembly: Path) -> None:
    """The CDK would refuse it."""
    (line,) = find(assembly, FakeClients(eu_central_2="5"))
    assert line == (
        f"aws://{OWN}/eu-central-2: its bootstrap stack has version 5, less than 6; renew it: "
        f"cdk bootstrap aws://{OWN}/eu-central-2"
    )


def test_an_account_that_was_added(assembly: Path) -> None:
    """With the account that it has to trust, instead of a bare refusal of STS."""
    refusal = Unanswered("AccessDenied", "not authorized to perform: sts:AssumeRole")
    assert find(assembly, FakeClients(a333333333333=refusal)) == tuple(
        f"aws://{ZONES}/{region}: is not bootstrapped, or does not trust {OWN} ({refusal}); run, with credentials of "
        f"that account: cdk bootstrap aws://{ZONES}/{region} --trust {OWN} {POLICY}"
        for region in ("us-east-1", "eu-west-1")
    )


def test_a_pipeline_of_another_account(assembly: Path) -> None:
    """That is the account to trust."""
    (line,) = find(assembly, FakeClients("444444444444", eu_central_2=None))
    assert line.endswith(f"cdk bootstrap aws://{OWN}/eu-central-2 --trust 444444444444 {POLICY}")


def test_what_may_not_be_asked_bars_nothing(assembly: Path) -> None:
    """A role that deploys may lack the permission."""
    assert find(assembly, FakeClients(eu_central_2=Unanswered("AccessDenied", ""))) == ()


@pytest.fixture(scope="module")
def qualified(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of an app with a qualifier of its own, a pipeline in it."""
    output = tmp_path_factory.mktemp("qualified")
    pipeline = output / "pipeline.yaml"
    pipeline.write_text(PIPELINE, encoding="utf-8")
    context = {"pipeline": str(pipeline), "@aws-cdk/core:bootstrapQualifier": "mail01"}
    return synthesise(folder, output / "cdk.out", **context)


@pytest.mark.parametrize("toolkit", [None, "MailToolkit"])
def test_a_qualifier(qualified: Path, toolkit: str | None) -> None:
    """Roles and parameter are the assembly's; the bootstrap stack of other apps is not overwritten."""
    clients = FakeClients(eu_central_2=None)
    (line,) = find(qualified, clients, toolkit)
    assert clients.parameters == {"/cdk-bootstrap/mail01/version"}
    name = toolkit or "CDKToolkit-mail01"
    assert line.endswith(f"aws://{OWN}/eu-central-2 --qualifier mail01 --toolkit-stack-name {name}")
    lookup_role = Bootstraps(read_assembly(qualified, "prod")).of(ZONES, "us-east-1").lookup_role
    assert lookup_role == f"arn:aws:iam::{ZONES}:role/cdk-mail01-lookup-role-{ZONES}-us-east-1"


def test_a_qualifier_in_the_pipeline(qualified: Path) -> None:
    """Its projects may assume the roles of that bootstrap, and no others of one."""
    text = json.dumps(pipeline_template(qualified))
    assert "role/cdk-mail01-deploy-role-333333333333-eu-west-1" in text
    assert "role/cdk-mail01-file-publishing-role-222222222222-us-east-1" in text
    assert "hnb659fds" not in text
