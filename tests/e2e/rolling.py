"""Runs `mailproof rollout run` on a project as a user does, and holds what stands against what stood before."""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.project import Project
from tests.e2e.warm import LIMIT_S, ROOT, Run

HOME, OTHER = REGIONS = ["us-east-1", "eu-west-1"]
AT_WORK = "UPDATE_IN_PROGRESS"
POLL_S = 0.05
_VOLATILE = {"ResponseMetadata", "VerificationInfo"}
_numbers = itertools.count(1)

Running = subprocess.Popen[str]


@dataclass(frozen=True)
class Standing:
    """
    What stands of an environment.

    Attributes:
        identities: What SES says of each, by region and name.
        records: Values in Route 53, by name and type.
        stacks: States, by region and name.
    """

    identities: Mapping[tuple[str, str], Mapping[str, Any]]
    records: Mapping[tuple[str, str], tuple[str, ...]]
    stacks: Mapping[str, Mapping[str, str]]

    def has_all_of(self, before: "Standing") -> bool:
        """Tell whether every identity and every record of before stands, with its values."""
        has_identities = self.identities.items() >= before.identities.items()
        return has_identities and self.records.items() >= before.records.items()


@dataclass
class Rollout:
    """
    An environment that is rolled out again and again.

    Attributes:
        project: The environment.
        keys: Of its file, beside what all have here.
        domains: That the file names, beside the zone's own.
        assembly: Folder of the cloud assembly of the file as it is.
    """

    project: Project
    keys: dict[str, Any] = field(default_factory=dict)
    domains: list[str] = field(default_factory=list)
    assembly: Path = Path()

    def __post_init__(self) -> None:
        """Write the environment file with the zone's own domain."""
        self.write()

    def add_domain(self) -> str:
        """Put one more domain into the file and return it."""
        name = f"new{next(_numbers)}.{self.project.zone}"
        self.domains.append(name)
        self.write()
        return name

    def write(self) -> None:
        """Write the environment file, and synthesise it."""
        own = {"name": self.project.zone, "dmarc": {"policy": "none"}}
        self.rewrite(own, *({"name": name} for name in self.domains))

    def rewrite(self, *domains: dict[str, Any]) -> None:
        """Write the environment file with these domains, and synthesise it."""
        keys = {"rollout": {"gate": {"timeout_minutes": 1}}, "removal_policy": "retain", **self.keys}
        self.project.write(*domains, **keys)
        self.assembly = self.project.synthesise()

    def start(self, *arguments: str, wrapper: tuple[str, ...] = (), assembly: bool = True) -> Running:
        """Start the command in a process group of its own, to be killed whole."""
        command = self._command(*arguments, assembly=assembly, preflight=False)
        folder = self.project.cli.blind if assembly else ROOT
        return start(self.project, [*wrapper, "mailproof", *command], folder)

    def run(self, *arguments: str, preflight: bool = False) -> Run:
        """Run the command to its end; preflight only where it has a say."""
        command = self._command(*arguments, assembly=True, preflight=preflight)
        return self.project.cli.mailproof(self.project.account, *command)

    def _command(self, *arguments: str, assembly: bool, preflight: bool) -> list[str]:
        place = ("--environments", str(self.project.folder), "--resolver", self.project.aws.dns)
        given = ("--assembly", str(self.assembly)) if assembly else ()
        skipped = () if preflight else ("--skip-preflight",)
        return ["rollout", "run", self.project.name, "--yes", *place, *given, *skipped, *arguments]

    def cdk(self, command: str, *arguments: str, region: str = HOME) -> Run:
        """Run `cdk` for the stack of a region, as somebody does by hand."""
        options = ("--app", str(self.assembly), *arguments)
        return self.project.cli.run(self.project.account, command, f"{self.project.name}/ses-{region}", *options)

    def converge(self) -> Run:
        """Run the command once more: it succeeds, every domain is verified, and DNS answers every record right."""
        run = self.run()
        assert run.returncode == 0, run.stderr
        assert self.is_right()
        return run

    def is_right(self) -> bool:
        """Tell whether every domain of the file is verified, and DNS answers every record with its one value."""
        return self.project.is_verified() and self.project.wrong(self.project.expected()) == {}

    def standing(self) -> Standing:
        """Read what stands."""
        return read_standing(self.project)

    def hold(self, domain: str) -> None:
        """Let CloudFormation stop at the identity of a domain until the faults are cleared."""
        self.project.aws.add_fault(resource_type="AWS::SES::EmailIdentity", target=domain, delay_s=LIMIT_S)

    def state(self) -> str:
        """Return the state of the home region's stack."""
        return self.project.stacks(HOME).get(f"ses-{HOME}", "")

    def policies(self) -> set[str]:
        """Return the stack policies of the home region."""
        client = self.project.client("cloudformation", HOME)
        names = [f"mailproof-{self.project.name}-{name}" for name in self.project.stacks(HOME)]
        return {client.get_stack_policy(StackName=name).get("StackPolicyBody", "") for name in names}

    def await_state(self, state: str) -> None:
        """Wait until the home region's stack is in a state."""
        until(lambda: self.state() == state)


def read_standing(project: Project) -> Standing:
    """Read what stands of a project."""
    identities = {
        (region, name): {k: v for k, v in project.identity(name, region).items() if k not in _VOLATILE}
        for region in REGIONS
        for name in project.identities(region)
    }
    listed = project.client("route53").list_resource_record_sets(HostedZoneId=project.zone_id)["ResourceRecordSets"]
    records = {
        (found["Name"], found["Type"]): tuple(record["Value"] for record in found["ResourceRecords"])
        for found in listed
    }
    return Standing(identities, records, {region: project.stacks(region) for region in REGIONS})


def start(project: Project, command: Sequence[str], folder: Path) -> Running:
    """Start a command in a process group of its own, in a folder, with the credentials of a project's account."""
    return subprocess.Popen(
        command,
        env=project.cli.variables(project.account),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(running: Running) -> Run:
    """Wait for the end of a command, and return what it said."""
    out, err = running.communicate(timeout=LIMIT_S)
    return Run(running.args, running.returncode, out, err)


def read_until(running: Running, words: str) -> str:
    """Read what a command says on standard error until a line has the words."""
    assert running.stderr
    lines: list[str] = []
    for line in running.stderr:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(f"{words!r} was never said:\n{''.join(lines)}")


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "it has not come about in time"
        time.sleep(POLL_S)


def kill_group(running: Running) -> None:
    """Kill a command and all that it has started."""
    os.killpg(running.pid, signal.SIGKILL)


def kill_descendants(running: Running) -> None:
    """Kill what a command has started, and not itself."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in map(str.split, listed.splitlines())}
    for pid in parents:
        ancestor = pid
        while (ancestor := parents.get(ancestor, 0)) not in {0, running.pid}:
            pass
        if ancestor == running.pid:
            os.kill(pid, signal.SIGKILL)
