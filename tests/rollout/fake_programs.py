"""Programs that note what they are asked and answer as told: `cdk` and `mailproof`, as files that can be run."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from mailproof.change.programs import Programs

# Text to Python, a command to the shell: the kernel takes no blank in the path of an interpreter.
SCRIPT = """\
#!/bin/sh
'''exec' "{python}" -IS "$0" "$@"
'''
import json, pathlib, sys
folder = pathlib.Path({folder!r})
with (folder / "log").open("a") as log:
    log.write(json.dumps([{name!r}, *sys.argv[1:]]) + "\\n")
rules = json.loads((folder / "rules").read_text())
line = " ".join([{name!r}, *sys.argv[1:]])
sys.exit(next((code for words, code in rules.items() if all(word in line for word in words.split())), 0))
"""


@dataclass(frozen=True)
class FakePrograms:
    """
    A folder with `cdk` and `mailproof` in it.

    Attributes:
        folder: Where they are and what they note.
    """

    folder: Path

    def __post_init__(self) -> None:
        """Write the programs; at first both succeed."""
        for name in ("cdk", "mailproof"):
            path = self.folder / name
            path.write_text(SCRIPT.format(python=sys.executable, folder=str(self.folder), name=name), encoding="utf-8")
            path.chmod(0o755)
        self.answer({})

    def answer(self, rules: dict[str, int]) -> None:
        """Let a program end with an exit code if all words of a rule are among its arguments."""
        (self.folder / "rules").write_text(json.dumps(rules), encoding="utf-8")
        (self.folder / "log").write_text("", encoding="utf-8")

    def calls(self) -> list[list[str]]:
        """Return what was run, in order."""
        return [json.loads(line) for line in (self.folder / "log").read_text(encoding="utf-8").splitlines()]

    def run(self, name: str, *arguments: str) -> int:
        """Do what the program of that name does, without a process."""
        with (self.folder / "log").open("a") as log:
            log.write(json.dumps([name, *arguments]) + "\n")
        line = " ".join([name, *arguments])
        rules = json.loads((self.folder / "rules").read_text())
        return next((code for words, code in rules.items() if all(word in line for word in words.split())), 0)

    def programs(self) -> Programs:
        """Return them as the runner takes them; how programs are started has tests of its own."""
        return _Noted(cdk="cdk", fake=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted(Programs):
    fake: FakePrograms

    def run_cdk(self, *arguments: str) -> int:
        return self.fake.run("cdk", *arguments)

    def run_mailproof(self, *arguments: str) -> int:
        return self.fake.run("mailproof", *arguments)
