"""An environment of a test's own on the emulator, and the CDK's command line to deploy it."""

import functools
import hashlib
import itertools
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dns.message
import dns.name
import dns.query
import dns.rdatatype
import yaml

from mailproof.environments import load_environments
from mailproof.live.aws.route53 import unescape
from mailproof.localaws import LocalAws
from mailproof.model.dns_record import DkimPair, DnsRecord
from mailproof.model.environment import Environment
from mailproof.model.records import expected_records
from mailproof.stacks.app import build_app
from mailproof.stacks.new_app import new_app
from tests.e2e.warm import ROOT, Run, WarmCdk, run_mailproof
from tests.localaws.world import World
from tests.stacks.assembly import SynthesisedStack, read_assembly

# Node itself: what its name in the virtual environment starts is Python, which starts it.
_NODE = Path(os.environ["JSII_NODE"]).parent
PROGRAMS = (_NODE, Path(sys.executable).parent, ROOT / "node_modules/.bin")
_QUICK_LOOK = Path(__file__).with_name("quick_look.cjs")
_NOBODY = "000000000000"
_DNS_TIMEOUT_S = 5.0
_numbers = itertools.count(1)
_assemblies: dict[str, Path] = {}

Tokens = dict[tuple[str, str], tuple[DkimPair, ...]]


@dataclass(frozen=True)
class CommandLine:
    """
    The CDK's command line on one emulator.

    Attributes:
        aws: The emulator.
        folder: For what the command line writes. CDK_HOME in it remembers which key is which account, so it must not
            see a second emulator.
        warm: Runs what need not be a process of its own.
    """

    aws: LocalAws
    folder: Path
    warm: WarmCdk

    def synthesise(self, environments: Path) -> Path:
        """Synthesise a folder of environment files in this process, once for each content; return the assembly."""
        files = sorted((*environments.glob("*.yaml"), *environments.glob("*.keys.json")))
        content = repr([(str(file), file.read_bytes()) for file in files])
        key = hashlib.sha256(content.encode()).hexdigest()
        if key not in _assemblies:
            output = self.folder / f"assembly-{next(_numbers)}"
            app = new_app(outdir=str(output), context={"environments": str(environments)})
            build_app(app).synth()
            _assemblies[key] = output
        return _assemblies[key]

    def run(self, account: str, *arguments: str, folder: Path | None = None) -> Run:
        """Run `cdk` with the credentials of an account, and with an output folder of its own: `output_of`."""
        written = ("--no-notices", "--output", str(self.folder / f"out-{next(_numbers)}"))
        return self.warm.run([*arguments, *written], self.variables(account), folder or self.folder)

    @functools.cached_property
    def blind(self) -> Path:
        """A folder whose `cdk` shows no differences, which takes as long as to deploy, and soon sees what is done."""
        program = self.folder / "blind/node_modules/.bin/cdk"
        program.parent.mkdir(parents=True)
        real = f'exec node --require "{_QUICK_LOOK}" "{ROOT}/node_modules/.bin/cdk" "$@"'
        program.write_text(f'#!/bin/sh\n[ "$1" = diff ] || {real}\n', encoding="utf-8")
        program.chmod(0o755)
        return self.folder / "blind"

    def mailproof(self, account: str, *arguments: str) -> Run:
        """Run `mailproof` with the credentials of an account."""
        return run_mailproof(self.warm, arguments, self.variables(account))

    def variables(self, account: str) -> dict[str, str]:
        """Return a process environment with the credentials of an account, and the programs on the PATH."""
        variables = self.aws.process_environment(account, self.folder / "home")
        return variables | {"PATH": os.pathsep.join((*map(str, PROGRAMS), variables["PATH"]))}

    def bootstrap(self, account: str, *regions: str, trust: str = "") -> None:
        """Make the stack of `cdk bootstrap` in regions of an account, whose zones another account may write to."""
        policy = "arn:aws:iam::aws:policy/AdministratorAccess"
        given = {
            "TrustedAccounts": trust,
            "CloudFormationExecutionPolicies": policy,
            "FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY",
        }
        for region in regions:
            self.aws.client("cloudformation", account, region).create_stack(
                StackName="CDKToolkit",
                TemplateBody=self.bootstrap_template,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )

    @functools.cached_property
    def bootstrap_template(self) -> str:
        """The template of `cdk bootstrap`."""
        run = self.run(_NOBODY, "bootstrap", "--show-template")
        assert run.returncode == 0, said(run)
        return json.dumps(yaml.safe_load(run.stdout))  # which is read much faster


def succeed(run: Run) -> str:
    """Return everything that a command said, and fail with it if it failed."""
    assert run.returncode == 0, said(run)
    return said(run)


def fail(run: Run) -> str:
    """Return everything that a command said that had to fail."""
    assert run.returncode != 0, said(run)
    return said(run)


def said(run: Run) -> str:
    """Return both outputs of a command."""
    return f"{run.stdout}\n{run.stderr}"


@dataclass
class Project(World):
    """
    An environment with a hosted zone, both its own, in an account that other tests use too.

    Attributes:
        cli: The CDK's command line.
        name: Name of the environment.
        folder: Of the environment files.
    """

    cli: CommandLine
    name: str
    folder: Path

    def write(self, *domains: dict[str, Any], name: str | None = None, **keys: Any) -> None:
        """Write the environment file, or another one beside it; what is not given has the least that works."""
        part = {
            "account": self.account,
            "regions": ["us-east-1"],
            "removal_policy": "destroy",
            "zones": {self.zone: {"id": self.zone_id}},
            **keys,
            "domains": list(domains or [{"name": self.zone}]),
        }
        text = yaml.safe_dump(part, allow_unicode=True, sort_keys=False)
        (self.folder / f"{name or self.name}.yaml").write_text(text, encoding="utf-8")

    def environment(self, name: str | None = None) -> Environment:
        """Read the environment file."""
        [environment] = load_environments(self.folder, name or self.name)
        return environment

    def app(self, *arguments: str) -> Run:
        """Run `cdk` in the folder of the app, which it runs."""
        return self.cli.run(self.account, *arguments, "--context", f"environments={self.folder}", folder=ROOT)

    def cdk(self, command: str, *arguments: str, name: str | None = None) -> Run:
        """Run `cdk` for all stacks of an environment, synthesised here: that saves the start of Python and Node."""
        return self.cli.run(
            self.account, command, f"{name or self.name}/*", "--app", str(self.synthesise()), *arguments
        )

    def synthesise(self) -> Path:
        """Synthesise the files of the folder; return the assembly."""
        return self.cli.synthesise(self.folder)

    def synthesised(self) -> list[SynthesisedStack]:
        """Return the stacks that the file asks for, in the order of deployment."""
        stacks = {
            path: stack for path, stack in read_assembly(self.synthesise()).items() if path.startswith(f"{self.name}/")
        }
        order = TopologicalSorter({path: stack.after for path, stack in stacks.items()}).static_order()
        return [stacks[path] for path in order]

    def stand(self) -> None:
        """Make all stacks what the file asks for over the API: for a test to stand on that is not about `cdk`."""
        for stack in self.synthesised():
            cloudformation = self.client("cloudformation", stack.region)
            start = cloudformation.create_stack
            if stack.name in {found["StackName"] for found in cloudformation.describe_stacks()["Stacks"]}:
                if self._holds(stack):
                    continue
                start = cloudformation.update_stack
            tags = [{"Key": key, "Value": value} for key, value in stack.tags.items()]
            start(StackName=stack.name, TemplateBody=stack.text, Tags=tags, Capabilities=["CAPABILITY_NAMED_IAM"])
            state = self.await_stack(stack.name, stack.region)
            assert state in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, self.reasons(stack.name, stack.region)
            cloudformation.update_termination_protection(
                StackName=stack.name, EnableTerminationProtection=stack.is_protected
            )

    def is_current(self) -> bool:
        """Tell whether every stack holds to the letter what the file asks for: `cdk diff` has nothing to say then."""
        return all(map(self._holds, self.synthesised()))

    def _holds(self, stack: SynthesisedStack) -> bool:
        cloudformation = self.aws.client("cloudformation", stack.account, stack.region)
        body = cloudformation.get_template(StackName=stack.name, TemplateStage="Original")["TemplateBody"]
        return bool(body == json.loads(stack.text))

    def mailproof(self, *arguments: str) -> Run:
        """Run a command of `mailproof` on the files of the folder."""
        return self.cli.mailproof(self.account, *arguments, "--environments", str(self.folder))

    def deploy_all(self, *arguments: str, name: str | None = None) -> Run:
        """Run `cdk deploy`."""
        return self.cdk("deploy", "--require-approval", "never", *arguments, name=name)

    def has_differences(self) -> bool:
        """Run `cdk diff`, by whose exit code and text deployed and wanted must agree about whether there are any."""
        run = self.cdk("diff", "--fail")
        assert (run.returncode == 0) == ("Number of stacks with differences: 0" in said(run)), said(run)
        return run.returncode != 0

    def stacks(self, region: str, account: str | None = None) -> dict[str, str]:
        """Return the stacks of the environment in a region, by their id in it, and their states."""
        cloudformation = self.aws.client("cloudformation", account or self.account, region)
        prefix = f"mailproof-{self.name}-"
        found = {s["StackName"]: s["StackStatus"] for s in cloudformation.describe_stacks()["Stacks"]}
        return {name.removeprefix(prefix): status for name, status in found.items() if name.startswith(prefix)}

    def identities(self, region: str = "us-east-1") -> set[str]:
        """Return the identities of the region that are at or below the zone."""
        listed = self.client("sesv2", region).list_email_identities(PageSize=1000)["EmailIdentities"]
        names = {str(identity["IdentityName"]) for identity in listed}
        return {name for name in names if name == self.zone or name.endswith(f".{self.zone}")}

    def states(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Return what SES says of DKIM and MAIL FROM of every domain and region of the file."""
        found = {}
        for domain, region in self.environment().identities():
            identity = self.identity(domain.name, region)
            mail_from = identity["MailFromAttributes"].get("MailFromDomainStatus", "")
            found[domain.name, region] = (identity["DkimAttributes"]["Status"], mail_from)
        return found

    def is_verified(self) -> bool:
        """Tell whether DKIM and MAIL FROM of every domain and region of the file are verified."""
        return set(self.states().values()) == {("SUCCESS", "SUCCESS")}

    def tokens(self) -> Tokens:
        """Return names and targets of the DKIM records of every domain and region of the file, as SES has them."""
        return {
            (domain.name, region): self._dkim(domain.name, region) for domain, region in self.environment().identities()
        }

    def _dkim(self, domain: str, region: str) -> tuple[DkimPair, ...]:
        dkim = self.identity(domain, region)["DkimAttributes"]
        return tuple(
            (f"{token}._domainkey.{domain}", f"{token}.{dkim['SigningHostedZone']}") for token in dkim["Tokens"]
        )

    def expected(self) -> list[DnsRecord]:
        """List every record that the domains of the file need, with the tokens that SES has."""
        records: dict[DnsRecord, None] = {}
        for domain, region in self.environment().places():
            wanted = expected_records(domain, region, self._dkim(domain.name, region) if region else ())
            records.update(dict.fromkeys(wanted))
        return list(records)

    def wrong(self, records: Sequence[DnsRecord]) -> dict[str, list[str]]:
        """Return what DNS answers instead, for records that it does not answer with their one value."""
        answers = {(str(r.name), str(r.type)): self.answer(str(r.name), r.type) for r in records}
        wanted = {(str(r.name), str(r.type)): [wire_value(r)] for r in records}
        return {" ".join(key): found for key, found in answers.items() if found != wanted[key]}

    def answer(self, name: str, rdtype: str) -> list[str]:
        """Return the values that DNS answers; texts as a receiver reads them."""
        host, _, port = self.aws.dns.partition(":")
        query = dns.message.make_query(name, rdtype)
        response, _ = dns.query.udp_with_fallback(query, host, port=int(port), timeout=_DNS_TIMEOUT_S)
        own = [rrset for rrset in response.answer if rrset.name == dns.name.from_text(name)]
        values = [rdata for rrset in own if rrset.rdtype == dns.rdatatype.from_text(rdtype) for rdata in rrset]
        return [b"".join(rdata.strings).decode() if rdtype == "TXT" else rdata.to_text() for rdata in values]

    def delete_record(self, name: str, rdtype: str) -> None:
        """Delete a record set over the API, as somebody does by hand."""
        route53 = self.client("route53")
        listed = route53.list_resource_record_sets(HostedZoneId=self.zone_id)["ResourceRecordSets"]
        [record] = [found for found in listed if (found["Name"], found["Type"]) == (f"{name}.", rdtype)]
        batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch=batch)

    def published(self) -> set[tuple[str, str]]:
        """Return name and type of what stands in the zone beside its own NS and SOA, without a trailing dot."""
        return {(unescape(name).removesuffix("."), rdtype) for name, rdtype in self.records()}


def wire_value(record: DnsRecord) -> str:
    """Write the value as DNS does, apart from the code that deploys it."""
    if record.type == "TXT":
        return str(record.values[0])
    return f"{record.preference} {record.values[0]}." if record.type == "MX" else f"{record.values[0]}."


def keys(records: Sequence[DnsRecord]) -> set[tuple[str, str]]:
    """Return name and type of records."""
    return {(str(record.name), str(record.type)) for record in records}


def output_of(run: Run) -> Path:
    """Return the folder that a run of `cdk` was told to write to."""
    arguments = list(run.args)
    return Path(arguments[arguments.index("--output") + 1])
