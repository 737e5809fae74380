"""Follows docs/day-two.md as somebody does who has a deployment: writes what it says and runs its commands."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailproof.model.dns_record import DnsRecord
from tests.e2e.project import Project
from tests.e2e.rolling import HOME, Standing, read_standing
from tests.e2e.warm import ROOT, Run, run_mailproof
from tests.e2e.watch import never_wrong

PAGE = (ROOT / "docs/day-two.md").read_text(encoding="utf-8")
ZONE_ACCOUNT = "999988887777"
"""On the page, the account of a zone."""
LEFT_OUT = "…"

_BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ASKING = ("mailproof rollout run", "mailproof move", "mailproof repair", "mailproof adopt")


@dataclass(frozen=True)
class Step:
    """
    Something to write or a command to run.

    Attributes:
        text: Of the environment file, or the command line.
        shown: What the command says, by the page.
    """

    text: str
    shown: tuple[str, ...] | None = None


def read_section(heading: str) -> str:
    """Return a section of the page."""
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def read_steps(section: str) -> Iterator[Step]:
    """Yield what a section says, in its order."""
    for language, block in _BLOCK.findall(section):
        if language == "yaml":
            yield Step(block)
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:] if language == "console" else ():
            line, *shown = command.splitlines()
            yield Step(line, tuple(shown))


@dataclass
class Recipe:
    """
    A section of the page, and the deployment of somebody who follows it.

    Attributes:
        project: The environment `prod` of the page, in an account and a zone of its own.
        section: With account and zone of the project.
        files: The environment files, by name.
    """

    project: Project
    section: str
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the steps."""
        self._steps = list(read_steps(self.section.replace(ZONE_ACCOUNT, self.zone_account)))

    @property
    def is_done(self) -> bool:
        """Whether every step was taken."""
        return not self._steps

    @property
    def zone_account(self) -> str:
        """An account for a zone, beside that of the environment."""
        return f"9999{self.project.account[4:]}"

    @property
    def own(self) -> dict[str, Any]:
        """The domain of the zone's own name, as `prod` has it."""
        return self.files["prod"]["domains"][0]  # type: ignore[no-any-return]

    def stand(self, *domains: str, **keys: Any) -> None:
        """
        Have `prod` deployed and verified.

        Args:
            domains: Beside the zone's own.
            keys: Of its file, beside what all have here.
        """
        named = ({"name": name, "dmarc": {"policy": "none"}} for name in (self.project.zone, *domains))
        self.files["prod"] = self.build_file(*named) | keys
        self.save()
        self.project.cli.bootstrap(self.project.account, *self.files["prod"]["regions"])
        self.project.stand()

    def build_file(self, *domains: dict[str, Any]) -> dict[str, Any]:
        """Return an environment file with what all have here."""
        return {
            "account": self.project.account,
            "regions": [HOME],
            "removal_policy": "retain",
            "rollout": {"waves": "all", "gate": {"timeout_minutes": 1}},
            "zones": {self.project.zone: {"id": self.project.zone_id}},
            "domains": list(domains),
        }

    def save(self) -> None:
        """Write the environment files."""
        for name, file in self.files.items():
            text = yaml.safe_dump(file, sort_keys=False)
            (self.project.folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def write(self) -> None:
        """Write what comes next on the page: keys of a file, which its first line may name."""
        step = self._take()
        assert step.shown is None, f"the page has a command here: {step.text}"
        named = re.match(r"# environments/(\w+)\.yaml\n", step.text)
        file = self.files[named[1] if named else "prod"]
        for key, value in yaml.safe_load(step.text).items():
            file[key] = _merge(file.get(key), value)
        self.save()

    def run(self, code: int = 0) -> Run:
        """Run the command that comes next on the page; it ends with that exit code and says what the page shows."""
        step = self._take()
        assert step.shown is not None, f"the page has something to write here: {step.text}"
        run = self.run_line(step.text)
        said = " ".join(f"{run.stdout} {run.stderr}".split())
        assert run.returncode == code, f"{step.text}\n{run.stdout}\n{run.stderr}"
        for line in step.shown:
            words = ".*?".join(re.escape(" ".join(part.split())) for part in line.split(LEFT_OUT))
            assert re.search(words, said), f"{step.text}\ndoes not say: {line}\nbut: {run.stdout}\n{run.stderr}"
        return run

    def run_line(self, line: str) -> Run:
        """Run a command line in the folder above the environment files; questions are answered with yes."""
        folder = self.project.folder.parent
        program, *arguments = shlex.split(line)
        if program == "mv":
            old, new = (folder / name for name in arguments)
            self.files[new.stem] = self.files.pop(old.stem)
            old.rename(new)
            return Run(arguments, 0, "", "")
        if program == "aws":
            for command in line.split(" && "):
                self._call_aws(*shlex.split(command)[1:])
            return Run(arguments, 0, "", "")
        assert program in {"cdk", "mailproof"}, line
        cli, account = self.project.cli, self.project.account
        if program == "cdk":
            return cli.run(account, *arguments)
        asks = (line.startswith(_ASKING) and "--plan" not in arguments) or "--remove" in arguments
        variables = cli.variables(account) | {"MAILPROOF_RESOLVER": self.project.aws.dns}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("mailproof.change.programs.synthesise", self._synthesise)
            return run_mailproof(cli.warm, [*arguments, *(["--yes"] if asks else [])], variables, folder)

    def _call_aws(self, service: str, operation: str, *options: str) -> None:
        """Do what AWS's command line would; of a file, the page shows what is in it."""
        given: dict[str, Any] = {}
        for option in options:
            if option.startswith("--no-"):
                given[_camel(option.removeprefix("--no-"))] = False
            elif option.startswith("--"):
                given[_camel(option.removeprefix("--"))] = True
            else:
                batch = self.section.partition("```json\n")[2].partition("```")[0]
                given[list(given)[-1]] = json.loads(batch) if option.startswith("file://") else option
        client = self.project.client(service, given.pop("Region", HOME))
        getattr(client, operation.replace("-", "_"))(**given)
        if operation == "delete-stack":
            client.get_waiter("stack_delete_complete").wait(StackName=given["StackName"], WaiterConfig={"Delay": 0.05})

    def _synthesise(self, _: Path, output: Path) -> None:
        output.symlink_to(self.project.synthesise())

    def pasted(self, run: Run, words: str) -> str:
        """Return the command line that a command told behind some words."""
        [line] = {line.partition(words)[2] for line in run.stderr.splitlines() if words in line}
        return line

    def run_told(self, line: str) -> Run:
        """Run a command that refuses, and then the one that it tells to let all of it pass."""
        refused = self.run_line(line)
        assert refused.returncode == 1, refused.stderr
        done = self.run_line(self.pasted(refused, "to allow all of this: "))
        assert done.returncode == 0, done.stderr
        return done

    def replace(self, word: str, other: str) -> None:
        """Put what is so here for what is an example on the page, in the next step."""
        self._steps[0] = replace(self._steps[0], text=self._steps[0].text.replace(word, other))

    def _take(self) -> Step:
        assert self._steps, "the page ends here"
        return self._steps.pop(0)

    @contextmanager
    def watched(self, records: Sequence[DnsRecord] | None = None) -> Iterator[None]:
        """Watch what is live throughout; of the records, all that the files ask for unless some are given."""
        stay = self.project.expected() if records is None else records
        with never_wrong(self.project, stay):
            yield

    def standing(self) -> Standing:
        """Read what stands."""
        return read_standing(self.project)

    def stands_as(self, before: Standing) -> bool:
        """Tell whether all stands as before, in stacks of the same names, and is right."""
        now = self.standing()
        is_same = (now.records, now.identities) == (before.records, before.identities)
        return is_same and _names(now) == _names(before) and self.is_right()

    def is_right(self) -> bool:
        """Tell whether what is deployed is what the files ask for, and every domain is verified."""
        project = self.project
        return project.is_current() and project.is_verified() and project.wrong(project.expected()) == {}


def _names(standing: Standing) -> set[tuple[str, str]]:
    """Return region and name of every stack."""
    return {(region, name) for region, stacks in standing.stacks.items() for name in stacks}


def _camel(option: str) -> str:
    return "".join(word.capitalize() for word in option.split("-"))


def _merge(old: Any, new: Any) -> Any:
    """Put what the page writes of a key over what the file has: domains by name, mappings by key, all else whole."""
    if isinstance(new, list) and new and isinstance(new[0], dict):
        there = {found["name"]: found for found in old or []}
        return list((there | {found["name"]: _merge(there.get(found["name"]), found) for found in new}).values())
    if isinstance(new, dict) and isinstance(old, dict):
        return old | {key: _merge(old.get(key), value) for key, value in new.items()}
    return new
