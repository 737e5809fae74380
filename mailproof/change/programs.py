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

from mailproof.change.cdk_cli import LOCK, NPM_CI, npm_files
from mailproof.change.errors import CommandError
from mailproof.change.say import STDERR, say
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


def find_programs(folder: Path = Path()) -> Programs:
    """
    Find the CDK's command line: what npm has installed in a folder, else the first on the PATH.

    If there is none, what the lock file of the folder pins is installed.

    Args:
        folder: Of the app.

    Raises:
        CommandError: There is none, or it cannot be installed.
    """
    path = program_path()
    cdk = find_cdk(folder)
    if cdk is None and _pins_cdk(folder / LOCK) and (npm := shutil.which("npm", path=path)):
        _install_cdk(npm, folder, path)
        cdk = find_cdk(folder)
    if cdk:
        return Programs(cdk=cdk, path=path)
    what = f"cdk is neither in {LOCAL_PROGRAMS} nor on the PATH; run `npm ci`, or `npm install aws-cdk@^2`"
    raise CommandError(what, USAGE)


def provide_programs(spare: Path) -> Programs:
    """
    Find the CDK's command line, or install the version that this one of mailproof was tested with.

    Args:
        spare: A folder to install it into.

    Raises:
        CommandError: It cannot be installed.
    """
    if find_cdk(Path()) or _pins_cdk(Path(LOCK)):
        return find_programs()
    spare.mkdir(parents=True, exist_ok=True)
    for name, text in npm_files().items():
        (spare / name).write_text(text, encoding="utf-8")
    return find_programs(spare)


def find_cdk(folder: Path) -> str | None:
    """Return the CDK's command line that a folder has, else the first on the PATH."""
    own = str((folder / LOCAL_PROGRAMS).absolute())
    return shutil.which("cdk", path=own) or shutil.which("cdk", path=program_path())


def program_path() -> str:
    """Return the PATH, with the folder of this Python, which may not be on it: Node comes with the requirements."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))


def _pins_cdk(lock: Path) -> bool:
    try:
        return "node_modules/aws-cdk" in json.loads(lock.read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _install_cdk(npm: str, folder: Path, path: str) -> None:
    say(f"Installing the CDK's command line into {folder / LOCAL_PROGRAMS.parent} (npm {' '.join(NPM_CI)}) …")
    command = [npm, *NPM_CI, "--loglevel=error", "--prefix", str(folder)]
    if code := _run_program(command, os.environ | {"PATH": path}):
        what = f"npm ended with exit code {code}; see above; without it, put a cdk of version 2 on the PATH"
        raise CommandError(what, USAGE)


def synthesise(environments: Path, output: Path, spare: Sequence[str] = ()) -> None:
    """
    Run the app of the current folder, as the CDK's command line does.

    Args:
        environments: Folder of the environment files.
        output: Folder of the cloud assembly.
        spare: What Python runs where there is no app; without it, that is an error.

    Raises:
        CommandError: There is no app here, or it failed.
    """
    if not (APP.exists() or spare):
        what = f"{APP}: is not in this folder; change to the app's folder, or give --assembly"
        raise CommandError(what, USAGE)
    context = json.dumps(_read_settings()["context"] | {"environments": str(environments)})
    variables = os.environ | {"CDK_OUTDIR": str(output), "CDK_CONTEXT_JSON": context}
    app = [str(APP)] if APP.exists() else spare
    if code := _run_program([sys.executable, *app], variables):
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
