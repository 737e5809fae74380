"""Programs that a rollout runs: the CDK's command line, the app and `mailproof` itself."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailproof.change.errors import CommandError
from mailproof.change.say import STDERR
from mailproof.exit_codes import USAGE
from mailproof.template.bootstrap import DEFAULT_QUALIFIER, Bootstraps
from mailproof.template.cloud_assembly import Stacks

APP = Path("app.py")
CDK_JSON = Path("cdk.json")
LOCAL_PROGRAMS = Path("node_modules", ".bin")
# Signals to a program that shall end, and the seconds that it has after each; a terminal has sent the first one itself.
ENDINGS = ((None, 0.5), (signal.SIGINT, 10), (signal.SIGTERM, 10))


@dataclass(frozen=True, slots=True)
class Programs:
    """
    How to start what a rollout runs. What they print goes to standard error, where a person follows it.

    Attributes:
        cdk: The CDK's command line.
        mailproof: This program.
        path: PATH of what is started.
    """

    cdk: str
    mailproof: tuple[str, ...] = (sys.executable, "-m", "mailproof")
    path: str = field(default_factory=lambda: os.environ.get("PATH", os.defpath))

    def run_cdk(self, *arguments: str) -> int:
        """Run the CDK's command line and return its exit code."""
        return self._run([self.cdk, *arguments])

    def run_mailproof(self, *arguments: str) -> int:
        """Run a command of `mailproof` and return its exit code."""
        return self._run([*self.mailproof, *arguments])

    def _run(self, command: Sequence[str]) -> int:
        return _run_program(command, os.environ | {"PATH": self.path})


def find_programs() -> Programs:
    """
    Find the CDK's command line: the version that the folder pins, else the first on the PATH.

    Raises:
        CommandError: There is none.
    """
    # Node may have come with the requirements, into a virtual environment that nobody has activated.
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
    cdk = shutil.which("cdk", path=str(LOCAL_PROGRAMS.absolute())) or shutil.which("cdk", path=path)
    if cdk is None:
        what = f"cdk is neither in {LOCAL_PROGRAMS} nor on the PATH; run `npm ci`, or `npm install aws-cdk@^2`"
        raise CommandError(what, USAGE)
    return Programs(cdk=cdk, path=path)


def synthesise(environments: Path, output: Path) -> None:
    """
    Run the app of the current folder, as the CDK's command line does.

    Args:
        environments: Folder of the environment files.
        output: Folder of the cloud assembly.

    Raises:
        CommandError: There is no app here, or it failed.
    """
    if not APP.exists():
        what = f"{APP}: is not in this folder; change to the app's folder, or give --assembly"
        raise CommandError(what, USAGE)
    context = json.dumps(_read_settings()["context"] | {"environments": str(environments)})
    variables = os.environ | {"CDK_OUTDIR": str(output), "CDK_CONTEXT_JSON": context}
    if code := _run_program([sys.executable, str(APP)], variables):
        raise CommandError(f"{APP}: ended with exit code {code}; see above; nothing was deployed", USAGE)


def _run_program(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a program and return its exit code; however this ends, the program has ended before."""
    sys.stderr.flush()
    with subprocess.Popen(command, env=variables, stdout=STDERR) as program:  # noqa: S603 -- our own commands, and the person's app
        try:
            return program.wait()
        except BaseException:
            _end(program)
            raise


def _end(program: subprocess.Popen[bytes]) -> None:
    """End a program as Ctrl-C does, which may have reached it already, and by force if it does not heed that."""
    for number, seconds in ENDINGS:
        if number == signal.SIGINT and signal.getsignal(number) is signal.SIG_IGN:
            continue  # the program has inherited that
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):  # interrupted again: do not wait so long
            if number:
                program.send_signal(number)
            program.wait(seconds)
            return
    program.kill()
    program.wait()


def read_bootstraps(stacks: Stacks | None = None) -> Bootstraps:
    """
    Return what an app deploys through, as its stacks say, else as `cdk.json` of the current folder does.

    Args:
        stacks: Of its assembly; None if there is none.

    Raises:
        CommandError: `cdk.json` cannot be read.
    """
    settings = _read_settings()
    qualifier = settings["context"].get("@aws-cdk/core:bootstrapQualifier") or DEFAULT_QUALIFIER
    return Bootstraps(stacks or {}, str(qualifier), settings.get("toolkitStackName"))


def _read_settings() -> dict[str, Any]:
    """Return what `cdk.json` says; it has a context in any case."""
    try:
        settings = json.loads(CDK_JSON.read_text(encoding="utf-8"))
        return dict(settings, context=dict(settings.get("context", {})))
    except FileNotFoundError:
        return {"context": {}}
    except (OSError, ValueError, AttributeError, TypeError) as err:
        raise CommandError(f"{CDK_JSON}: cannot be read ({err})", USAGE) from err
