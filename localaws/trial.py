"""
The trial of environment files: they are deployed with the real CDK command line, on the embedded AWS.

Starts the emulator, makes the hosted zones that the files name, bootstraps every account and region, deploys, publishes
the records of external zones as a person would, and runs `mailproof check` and `mailproof probe` on all of it.
"""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from rich.console import Console

from mailproof.change.errors import CommandError
from mailproof.change.programs import Programs, provide_programs, read_bootstraps, synthesise
from mailproof.environments import keys_path, load_environments
from mailproof.live.answer import AwsAnswer
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.localaws.process.client import LocalAws, running
from mailproof.model.environment import Environment
from mailproof.model.key_file import build_key_file
from mailproof.model.placement import plan_stacks
from mailproof.model.waves import build_waves
from mailproof.own_keys.make_key import KeyMaker
from mailproof.template.bootstrap import Bootstrap
from mailproof.template.cloud_assembly import read_all

T = TypeVar("T")
PARENT_POLL_S = 0.5
console = Console(stderr=True, highlight=False, soft_wrap=True)


INBOX_DOMAIN = "inbox.localaws.example"
MAIL_LIMIT_S = 60
# Writes Authentication-Results, where npm has installed it.
MAILAUTH = Path("node_modules", "mailauth")
# The app, of a folder that has none of its own.
SPARE_APP = ("-m", "mailproof.stacks")


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """
    What to try, and where.

    Attributes:
        folder: Holds the environment files.
        work: A folder for what the commands write.
        port: Of the endpoint of the emulator; 0 takes a free one.
        dns_port: Of its DNS server; 0 takes a free one.
        keep: Whether it goes on until Ctrl-C.
    """

    folder: Path
    work: Path
    port: int
    dns_port: int
    keep: bool


class Trial:
    """
    One run on one emulator.

    Args:
        aws: The emulator.
        environments: What to deploy.
        folder: Holds the environment files.
        work: A folder for what the commands write.
        programs: The CDK's command line.
    """

    def __init__(
        self, aws: LocalAws, environments: Sequence[Environment], folder: Path, work: Path, programs: Programs
    ) -> None:
        self.aws = aws
        self.environments = environments
        self.folder = folder
        self.work = work
        self.programs = programs
        self.assembly = work / "cdk.out"

    def make_keys(self) -> None:
        """
        Make the own DKIM keys that the files tell of: nobody has the private halves of examples.

        The files are copied, so that those of the user stay as they are; everything that follows reads the copies.
        """
        copies = self.work / "environments"
        shutil.rmtree(copies, ignore_errors=True)
        shutil.copytree(self.folder, copies)
        for environment in self.environments:
            maker = KeyMaker(environment, self.clients(environment.account))
            keys = {
                domain.name: [maker.make(domain, key.selector, key.regions) for key in domain.signing.own_keys]
                for domain in environment.domains
                if domain.signing.own_keys
            }
            if keys:
                text = build_key_file({name: tuple(made) for name, made in keys.items()})
                keys_path(copies / f"{environment.name}.yaml").write_text(text, encoding="utf-8")
        self.folder, self.environments = copies, load_environments(copies)

    def clients(self, account: str) -> Clients:
        """Return what asks the emulator with the credentials of an account."""
        return _LocalClients(self.aws, account)

    def seed_zones(self) -> None:
        """Make the hosted zones, each in its account with its id, and the zones of other DNS providers."""
        for environment in self.environments:
            for zone in environment.zones.values():
                if zone.id is None:
                    self.aws.put_external_zone(zone.name, _external_zone(zone.name))
                else:
                    self.aws.seed_zone(zone.account or environment.account, zone.id, zone.name)

    def bootstrap(self) -> None:
        """Bootstrap every account and region that a stack goes to; a zone's account trusts those that deploy to it."""
        targets: dict[str, set[str]] = {}
        trusted: dict[str, set[str]] = {}
        for environment in self.environments:
            for plan in plan_stacks(environment):
                account = environment.account_of(plan.id)
                targets.setdefault(account, set()).add(plan.id.region)
                if plan.id.zone_account:
                    trusted.setdefault(account, set()).add(environment.account)
        bootstraps = read_bootstraps(read_all(self.assembly))
        with ThreadPoolExecutor() as pool:
            runs = [
                pool.submit(self._bootstrap, [bootstraps.of(account, region) for region in sorted(regions)], trusted)
                for account, regions in targets.items()
            ]
        for run in runs:
            run.result()

    def _bootstrap(self, wanted: Sequence[Bootstrap], trusted: Mapping[str, set[str]]) -> None:
        account = wanted[0].account
        places = (f"aws://{account}/{bootstrap.region}" for bootstrap in wanted)
        # From a folder without an app: none is needed, and it would be synthesised for each account.
        self.cdk(account, "bootstrap", *places, *wanted[0].options(*trusted.get(account, ())), cwd=self.work)

    def synthesise(self) -> None:
        """Synthesise once for all."""
        shutil.rmtree(self.assembly, ignore_errors=True)
        synthesise(self.folder, self.assembly, SPARE_APP)

    def deploy(self, environment: Environment, *stacks: str) -> None:
        """Deploy some stacks of an environment, or all."""
        options = ("--app", str(self.assembly), "--require-approval", "never", "--concurrency", "4")
        self.cdk(environment.account, "deploy", *(stacks or (f"{environment.name}/*",)), *options)

    def replicate(self, environment: Environment) -> None:
        """Make the replicas of keys of SES, which CloudFormation cannot make, and take them into their stacks."""
        folder = ("--environments", str(self.folder))
        profile = ("--profile", environment.name)
        self.mailproof("dkim", "replicate", environment.name, *folder, *profile, "--yes")
        assembly = ("--assembly", str(self.assembly))
        self.mailproof("adopt", "--environment", environment.name, *folder, *profile, *assembly, "--yes")

    def cdk(self, account: str, *arguments: str, cwd: Path | None = None) -> None:
        """Run the CDK's command line with the credentials of an account."""
        variables = self.aws.process_environment(account, self.cdk_home(account))
        variables["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), self.programs.path))
        output = ("--output", str(self.work / f"out-{account}"))
        _run([self.programs.cdk, *arguments, "--no-notices", *output], variables, cwd=cwd)

    @property
    def config(self) -> Path:
        """The AWS configuration with a profile for every environment."""
        return self.work / "aws-config"

    def cdk_home(self, account: str) -> Path:
        """Return where the CDK's command line keeps what it remembers with the credentials of an account."""
        return self.work / f"cdk-home-{account}"

    def publish_external(self) -> None:
        """Enter the records of external zones at their DNS provider, from what `mailproof records` gives a person."""
        for environment in self.environments:
            for zone in environment.zones.values():
                if zone.is_external:
                    place = ("--environments", str(self.folder), "--environment", environment.name, "--zone", zone.name)
                    asked = ("--resolver", self.aws.dns, "--profile", environment.name)
                    records = self.mailproof("records", "--format", "zone", *place, *asked)
                    self.aws.put_external_zone(zone.name, _external_zone(zone.name, records.stdout))

    def follow_links(self) -> None:
        """Follow the links in the mails that SES has sent to addresses, as those who read them would."""
        for environment in self.environments:
            for _, address, region in environment.addresses():
                self.aws.verify_address(environment.account, region, address.name)

    def check(self) -> int:
        """Check every domain and region; the exit code is that of `mailproof check`."""
        page = self.work / "report.html"
        options = ("--environments", str(self.folder), "--resolver", self.aws.dns, *self._profiles())
        code = self.mailproof("check", *options, "--output", str(page), capture=False, check=False).returncode
        console.print(f"The same as a page: {os.path.relpath(page)}")
        return code

    def prove_by_mail(self) -> int:
        """Send a message from every domain and region to an inbox on this machine; the exit code is that of `probe`."""
        maildir, package = self.work / "mail", MAILAUTH.absolute()
        self.aws.open_inbox(INBOX_DOMAIN, maildir, package if package.is_dir() else None)
        place = ("--to", f"you@{INBOX_DOMAIN}", "--maildir", str(maildir), "--timeout", str(MAIL_LIMIT_S), "--yes")
        options = ("--environments", str(self.folder), "--resolver", self.aws.dns, *self._profiles())
        return self.mailproof("probe", *place, *options, capture=False, check=False).returncode

    def _profiles(self) -> list[str]:
        return [option for e in self.environments for option in ("--profile", f"{e.name}={e.name}")]

    def mailproof(self, *arguments: str, capture: bool = True, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the command `mailproof` with a profile for every environment."""
        self.config.write_text("".join(_profile(environment) for environment in self.environments))
        first = self.environments[0]
        variables = self.aws.process_environment(first.account, self.work) | {"AWS_CONFIG_FILE": str(self.config)}
        return _run([sys.executable, "-m", "mailproof", *arguments], variables, capture=capture, check=check)


class _LocalClients(Clients):
    """Asks the emulator, whose access keys are the accounts."""

    def __init__(self, aws: LocalAws, account: str) -> None:
        super().__init__(AwsSession())
        self._aws = aws
        self._own = account

    def account(self, region: str) -> str:  # noqa: ARG002 -- of the class
        """Return the account."""
        return self._own

    def ask(self, service: str, target: Target, call: Callable[[Any], T]) -> AwsAnswer[T]:
        """Call a service."""
        return ask_aws(lambda: call(self._aws.client(service, target.account, target.region)))


def _profile(environment: Environment) -> str:
    keys = f"aws_access_key_id = {environment.account}\naws_secret_access_key = localaws\n"
    return f"[profile {environment.name}]\nregion = {environment.regions[0]}\n{keys}"


def _external_zone(name: str, records: str = "") -> str:
    return (
        f"$ORIGIN {name}.\n$TTL 300\n"
        f"@ SOA ns1.dns-provider.example. hostmaster.{name}. 1 7200 900 1209600 300\n"
        f"@ NS ns1.dns-provider.example.\n@ NS ns2.dns-provider.example.\n{records}"
    )


def _run(
    command: Sequence[str],
    variables: dict[str, str],
    cwd: Path | None = None,
    *,
    capture: bool = True,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, env=variables, cwd=cwd, capture_output=capture, text=True, check=False)  # noqa: S603 -- our own commands
    if check and done.returncode:
        said = (done.stdout + done.stderr).splitlines()
        raise CommandError([f"{' '.join(command)} ended with exit code {done.returncode}", *said])
    return done


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done while it lasts, and how long it took."""
    start_s = time.monotonic()
    with console.status(f"{title} …"):
        if not console.is_terminal:
            console.print(f"{title} …")
        yield
    console.print(f"{title}: done in {time.monotonic() - start_s:.1f} s")


def try_environments(options: TrialOptions) -> int:
    """
    Deploy everything and check it; return the exit code of `mailproof check`.

    Raises:
        MailproofError: It cannot begin, or a step fails.
    """
    environments = load_environments(options.folder)
    options.work.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        with step("Starting the embedded AWS"):
            aws = stack.enter_context(running(port=options.port, dns_port=options.dns_port))
        _end_with_parent(aws)
        programs = provide_programs(options.work / "cdk-cli")
        trial = Trial(aws, environments, options.folder, options.work.absolute(), programs)
        code = run_trial(trial)
        if options.keep:
            _keep(trial)
    return code


def run_trial(trial: Trial) -> int:
    """Take all steps; return the exit code of the last two, `mailproof check` and `mailproof probe`."""
    console.print(f"Embedded AWS at {trial.aws.endpoint}, its DNS at {trial.aws.dns}")
    with step("Making the hosted zones"):
        trial.seed_zones()
    if any(domain.signing.own_keys for found in trial.environments for domain in found.domains):
        with step("Making the own DKIM keys that the files tell of (mailproof dkim new-key)"):
            trial.make_keys()
    with step("Synthesising the environments"):
        trial.synthesise()
    with step("Bootstrapping every account and region (cdk bootstrap)"):
        trial.bootstrap()
    for environment in trial.environments:
        _deploy(trial, environment)
    if any(zone.is_external for found in trial.environments for zone in found.zones.values()):
        with step("Publishing the records of external zones (mailproof records --format zone)"):
            trial.publish_external()
    if any(list(found.addresses()) for found in trial.environments):
        with step("Following the links in the mails to addresses"):
            trial.follow_links()
    code = trial.check()
    console.print("The same by mail: a message from every domain and region, to an inbox on this machine")
    return trial.prove_by_mail() or code


def _deploy(trial: Trial, environment: Environment) -> None:
    """Deploy an environment, the parents of its replicas first."""
    name = environment.name
    first, *later = build_waves(environment)
    if any(wave.replicas for wave in later):
        with step(f"Deploying the first wave of {name} (cdk deploy {' '.join(first.stacks)})"):
            trial.deploy(environment, *first.stacks)
        commands = f"mailproof dkim replicate {name}, mailproof adopt --environment {name}"
        with step(f"Making the replicas of {name} ({commands})"):
            trial.replicate(environment)
    with step(f"Deploying {name} (cdk deploy '{name}/*')"):
        trial.deploy(environment)


def _end_with_parent(aws: LocalAws) -> None:
    """End as on Ctrl-C when whoever started this is gone: a `make` that is killed leaves no process behind."""
    # SIGINT does not do: it is ignored in a job in the background.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_S)
        for process in (aws.pid, os.getpid()):
            os.kill(process, signal.SIGTERM)

    Thread(target=watch, daemon=True).start()


def _keep(trial: Trial) -> None:
    console.print("Running until Ctrl-C. For another terminal, one block of these; the access key is the account:")
    folder = shlex.quote(os.path.relpath(trial.folder))
    for environment in trial.environments:
        variables = trial.aws.environment(environment.account, environment.regions[0])
        variables |= {"CDK_HOME": str(trial.cdk_home(environment.account)), "MAILPROOF_RESOLVER": trial.aws.dns}
        cdk, check = f"cdk deploy '{environment.name}/*'", f"mailproof check --environment {environment.name}"
        _say(f"\n# for {cdk} --context environments={folder} and {check} --environments {folder}")
        for name, value in variables.items():
            _say(f"export {name}={shlex.quote(value)}")
        # This Python, which `cdk.json` runs, and the CDK's command line.
        places = os.pathsep.join((str(Path(sys.executable).parent), str(Path(trial.programs.cdk).parent)))
        _say(f"export PATH={shlex.quote(places)}{os.pathsep}$PATH")
    profiles = " ".join(f"--profile {environment.name}={environment.name}" for environment in trial.environments)
    _say("\n# all environments at once, after any of the blocks")
    _say(f"# AWS_CONFIG_FILE={shlex.quote(str(trial.config))} mailproof check --environments {folder} {profiles}")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- for the shell to take
