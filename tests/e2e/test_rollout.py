"""Two environments rolled out by the real command line of the CDK, on the embedded AWS."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailproof.localaws import LocalAws
from tests.e2e.conftest import BOOTSTRAPPED
from tests.e2e.project import CommandLine
from tests.e2e.warm import LIMIT_S, ROOT, Run, run_mailproof
from tests.rollout.world import write_environments

ACCOUNTS = {"dev": "111111111111", "prod": "222222222222"}
DEV = """\
account: "111111111111"
regions: [us-east-1]
removal_policy: destroy
zones: {dev.example.net: {id: ZDEV}}
rollout: {gate: {timeout_minutes: 1}}
domains:
  - {name: dev.example.net, dmarc: {policy: none}}
"""
PROD = """\
account: "222222222222"
regions: [us-east-1, eu-west-1]
removal_policy: destroy
zones: {example.net: {id: ZPROD}}
rollout: {after: dev, approval: required, gate: {timeout_minutes: 1}}
domains:
  - {name: example.net, dmarc: {policy: reject}}
"""
NEWS = "  - {name: news.example.net, regions: [eu-west-1]}\n"


@dataclass(frozen=True)
class Site:
    """
    The environments, and an emulator to roll them out to.

    Attributes:
        cli: The CDK's command line on it.
        folder: Of this test.
    """

    cli: CommandLine
    folder: Path

    @property
    def aws(self) -> LocalAws:
        """The emulator."""
        return self.cli.aws

    def write(self, prod: str = PROD) -> None:
        """Write the environment files."""
        write_environments(self.folder / "environments", dev=DEV, prod=prod)

    def variables(self) -> dict[str, str]:
        """Return a process environment without credentials of its own: each environment has a profile."""
        config = self.folder / "config"
        config.write_text("".join(_profile(*item) for item in ACCOUNTS.items()), encoding="utf-8")
        variables = self.cli.variables(ACCOUNTS["dev"])
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del variables[name]
        return variables | {"AWS_CONFIG_FILE": str(config)}

    def rollout(self, *arguments: str) -> Run:
        """Run `mailproof rollout` in the folder of the app."""
        given = ("--environments", str(self.folder / "environments"), "--profile", "dev=dev", "--profile", "prod=prod")
        return run_mailproof(self.cli.warm, ["rollout", *arguments, *given], self.variables())

    def run(self, environment: str, *arguments: str) -> Run:
        """Roll an environment out from an assembly made here."""
        assembly = str(self.cli.synthesise(self.folder / "environments"))
        command = self._command(environment, "--assembly", assembly, *arguments)
        return run_mailproof(self.cli.warm, command, self.variables())

    def run_alone(self, environment: str, *arguments: str) -> Run:
        """
        Roll an environment out in a process that synthesises and starts whatever it needs, as people do.

        Without preflight, which it starts as it does the gate.
        """
        command = ["mailproof", *self._command(environment, "--skip-preflight", *arguments)]
        return subprocess.run(
            command, env=self.variables(), cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )

    def _command(self, environment: str, *arguments: str) -> list[str]:
        """Return the command; `--profile` knows this environment alone."""
        given = ("--environments", str(self.folder / "environments"), "--profile", environment)
        return ["rollout", "run", environment, "--resolver", self.aws.dns, *given, *arguments]

    def stacks(self, environment: str, region: str) -> dict[str, str]:
        """Return the states of the stacks of an environment in a region."""
        client = self.aws.client("cloudformation", ACCOUNTS[environment], region)
        found = {stack["StackName"]: stack["StackStatus"] for stack in client.describe_stacks()["Stacks"]}
        prefix = f"mailproof-{environment}-"
        return {name.removeprefix(prefix): state for name, state in found.items() if name.startswith(prefix)}


def _profile(name: str, account: str) -> str:
    keys = f"aws_access_key_id = {account}\naws_secret_access_key = localaws\n"
    return f"[profile {name}]\nregion = us-east-1\n{keys}"


@pytest.fixture(scope="module")
def site(command_line: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two accounts with a zone in each."""
    made = Site(command_line, tmp_path_factory.mktemp("site"))
    for account in ACCOUNTS.values():
        command_line.bootstrap(account, *BOOTSTRAPPED)
    made.aws.seed_zone(ACCOUNTS["dev"], "ZDEV", "dev.example.net")
    made.aws.seed_zone(ACCOUNTS["prod"], "ZPROD", "example.net")
    return made


def test_two_environments_are_rolled_out(site: Site) -> None:
    """A canary wave, an approval, a fault, a rerun, a removal: each step as people would take it."""
    site.write()
    dev = site.run_alone("dev", "--yes")
    assert dev.returncode == 0, dev.stderr
    assert "[+] AWS::SES::EmailIdentity" in dev.stderr  # what `cdk diff` shows
    assert dev.stdout == "dev/dns CREATE_COMPLETE\ndev/ses-us-east-1 CREATE_COMPLETE\n"

    unasked = site.run("prod", "--yes")
    assert unasked.returncode == 2
    assert "there is no terminal to ask on; give --approve prod" in unasked.stderr
    assert site.stacks("prod", "us-east-1") == {}

    site.aws.add_fault(
        resource_type="AWS::SES::EmailIdentity",
        region="eu-west-1",
        times=1,
        code="TooManyRequestsException",
        message="Rate exceeded",
    )
    failed = site.run("prod", "--approve", "prod")
    assert failed.returncode == 1, failed.stderr
    assert "wave 2: cdk deploy ended with exit code 1; what is deployed stays" in failed.stderr
    assert "prod/ses-eu-west-1: is in ROLLBACK_COMPLETE: its creation failed" in failed.stderr
    assert "to continue from wave 2, run the same command again: mailproof rollout run prod" in failed.stderr
    assert site.stacks("prod", "us-east-1") == {"dns": "CREATE_COMPLETE", "ses-us-east-1": "CREATE_COMPLETE"}

    again = site.run("prod", "--approve", "prod")
    assert again.returncode == 0, again.stderr
    assert again.stdout == (
        "prod/dns CREATE_COMPLETE\nprod/ses-us-east-1 CREATE_COMPLETE\nprod/ses-eu-west-1 CREATE_COMPLETE\n"
    )
    assert _is_verified(site, "example.net", "us-east-1", "eu-west-1")


def test_a_domain_that_leaves_needs_a_word(site: Site) -> None:
    """The guard names it, `plan` lists it, the switches let it pass, and nothing else goes."""
    site.write(PROD + NEWS)
    added = site.run("prod", "--wave", "2", "--yes", "--skip-preflight")
    assert added.returncode == 0, added.stderr
    assert _is_verified(site, "news.example.net", "eu-west-1")

    site.write()
    plan = site.rollout("plan")
    assert plan.returncode == 0, plan.stderr
    assert "mailproof-prod-ses-eu-west-1 in eu-west-1 still holds news.example.net, not in the file" in plan.stderr

    refused = site.run("prod", "--wave", "2", "--yes")
    assert refused.returncode == 1
    assert (
        "would be deleted: identity 'news.example.net'; if this is intended, --allow prod/ses-eu-west-1:"
        in refused.stderr
    )
    assert _is_verified(site, "news.example.net", "eu-west-1")

    done = site.run("prod", "--wave", "2", "--yes", "--skip-preflight", "--allow", "news.example.net")
    assert done.returncode == 0, done.stderr
    listed = site.aws.client("sesv2", ACCOUNTS["prod"], "eu-west-1").list_email_identities()["EmailIdentities"]
    assert [identity["IdentityName"] for identity in listed] == ["example.net"]


def test_a_region_that_leaves_is_named(site: Site) -> None:
    """No engine deletes a stack: `plan` says that it is there, and which command takes it away."""
    site.write(PROD.replace("[us-east-1, eu-west-1]", "[us-east-1]"))
    plan = site.rollout("plan")
    assert plan.returncode == 0, plan.stderr
    (line,) = (line for line in plan.stderr.splitlines() if "mailproof-prod-ses-eu-west-1 in" in line)
    assert "left the files, still holds example.net" in line
    assert "; mailproof prune --environment prod --remove " in line


def test_a_stack_that_may_not_be_read_stops_the_rollout(site: Site) -> None:
    """Nobody can say what would be lost: exit code 3, and nothing is deployed."""
    site.write()
    site.aws.add_fault(service="cloudformation", operation="GetTemplate", code="AccessDenied", message="not for you")
    run = site.run("prod", "--approve", "prod")
    site.aws.clear_faults()
    assert run.returncode == 3
    lines = run.stderr.splitlines()
    assert "prod/dns: could not ask for the deployed template: AccessDenied (not for you)" in lines
    assert lines[-2] == "nothing of this was deployed"
    assert lines[-1].startswith("then: mailproof rollout run prod ")


def _is_verified(site: Site, domain: str, *regions: str) -> bool:
    clients = [site.aws.client("sesv2", ACCOUNTS["prod"], region) for region in regions]
    found = [client.get_email_identity(EmailIdentity=domain) for client in clients]
    states = {(f["DkimAttributes"]["Status"], f["MailFromAttributes"]["MailFromDomainStatus"]) for f in found}
    return states == {("SUCCESS", "SUCCESS")}
