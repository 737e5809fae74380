"""Starting the emulator from Python, and setting its world up."""

import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mailproof.localaws.errors import ControlError, StartError
from mailproof.localaws.faults.dns import FaultKind

_ABSENT_FILE = "/nonexistent/localaws-uses-no-aws-files"
_CREDENTIAL_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
_START_LIMIT_S = 30.0
_END_LIMIT_S = 10.0
_POLL_S = 0.02


@dataclass(frozen=True)
class LocalAws:
    """
    A running emulator.

    Attributes:
        endpoint: URL of all AWS services.
        dns: `host:port` of the DNS server.
        pid: Process id of the emulator.
    """

    endpoint: str
    dns: str
    pid: int = 0

    def environment(self, account: str, region: str = "us-east-1") -> dict[str, str]:
        """
        Return the variables with which boto3 and the CDK CLI work on this emulator and nothing else.

        The access key is the account. CDK_HOME is the caller's to add: a folder of its own for each emulator.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "localaws",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": _ABSENT_FILE,
            "AWS_SHARED_CREDENTIALS_FILE": _ABSENT_FILE,
            "CI": "true",
            "CDK_VALIDATION": "false",
            "CDK_DISABLE_CLI_TELEMETRY": "1",
        }

    def process_environment(self, account: str, cdk_home: Path, region: str = "us-east-1") -> dict[str, str]:
        """Return a whole process environment for the CDK CLI: this process's own, without other AWS credentials."""
        own = {name: value for name, value in os.environ.items() if name not in _CREDENTIAL_VARIABLES}
        return {**own, **self.environment(account, region), "CDK_HOME": str(cdk_home)}

    def client(self, service: str, account: str, region: str = "us-east-1") -> Any:
        """Return a boto3 client of that account and region; it does not retry."""
        from mailproof.localaws.process.account_client import AccountClient  # noqa: PLC0415 -- boto3 takes 0.4 s

        return AccountClient(self.endpoint, service, account, region)

    def seed_zone(self, account: str, zone_id: str, name: str) -> list[str]:
        """Make a public hosted zone with a fixed id, if it is not there; return its name servers."""
        return list(self._do("seed_zone", account=account, zone_id=zone_id, name=name))

    def put_external_zone(self, name: str, text: str) -> None:
        """Put another DNS provider's zone there, as an RFC 1035 master file; it wins over a hosted zone of its name."""
        self._do("put_external_zone", name=name, text=text)

    def cut_delegation(self, name: str) -> None:
        """Let live DNS answer NXDOMAIN for a zone and all below it, as if the parent did not delegate it."""
        self._do("set_delegation", name=name, cut=True)

    def delegate_to(self, name: str, zone_id: str) -> None:
        """Choose which hosted zone live DNS has under a name; by itself an external zone, else the first created."""
        self._do("set_delegation", name=name, zone_id=zone_id)

    def restore_delegation(self, name: str) -> None:
        """Undo `cut_delegation` and `delegate_to`."""
        self._do("restore_delegation", name=name)

    def add_dns_fault(self, name: str, kind: FaultKind) -> None:
        """Let queries for names of a shell pattern fail."""
        self._do("add_dns_fault", name=name, kind=kind)

    def clear_dns_faults(self) -> None:
        """Let all queries be answered again."""
        self._do("clear_dns_faults")

    def set_dns_listener(self, *, running: bool) -> None:
        """Stop or start the DNS server; SES's own look-ups do not need it."""
        self._do("set_dns_listener", running=running)

    def add_fault(self, **rule: Any) -> None:
        """Add a fault; for the members see `mailproof.localaws.faults.rules.FaultRule`."""
        self._do("add_fault", **rule)

    def faults(self) -> list[dict[str, Any]]:
        """Return the fault rules, with how often each has applied (`hits`)."""
        return list(self._do("faults"))

    def clear_faults(self) -> None:
        """Remove all fault rules; a resource that one has delayed goes on."""
        self._do("clear_faults")

    def calls(self, account: str | None = None) -> dict[str, dict[str, int]]:
        """Return how many calls there were, by service and operation; of one account or of all."""
        return dict(self._do("calls", account=account))

    def reset_calls(self) -> None:
        """Begin to count calls anew."""
        self._do("reset_calls")

    def advance_clock(self, seconds: float) -> float:
        """Set the emulated clock ahead; SES looks at DNS before and after. Return the time then, since the epoch."""
        return float(self._do("advance_clock", seconds=seconds))

    def set_region(self, region: str, *, opted_in: bool, account: str = "*") -> None:
        """Switch a region on or off for an account; calls to one that is off find the credentials unknown."""
        self._do("set_region", region=region, opted_in=opted_in, account=account)

    def set_ses_account(self, account: str, region: str, **members: Any) -> None:
        """Set members of GetAccount: SendingEnabled, ProductionAccessEnabled, EnforcementStatus, SendQuota."""
        self._do("set_ses_account", account=account, region=region, members=members)

    def set_ses_rate(self, account: str, rate: float) -> None:
        """Answer so many requests to SES a second in each region of an account, other than sending; 0 answers all."""
        self._do("set_ses_rate", account=account, rate=rate)

    def verify_address(self, account: str, region: str, address: str) -> None:
        """Click on the link in the mail that SES sends to a new address identity."""
        self._do("verify_address", account=account, region=region, address=address)

    def pin_status(self, account: str, region: str, identity: str, **states: str | None) -> None:
        """
        Hold states of an identity whatever DNS answers.

        Args:
            account: The identity's account.
            region: The identity's region.
            identity: The identity.
            states: dkim_status and mail_from_status (None lets it follow DNS again).
        """
        self._do("pin_status", account=account, region=region, identity=identity, **states)

    def ses_key(self, account: str, region: str, domain: str) -> dict[str, str]:
        """Return the `private_key` (PEM) that SES signs with for a domain, and the `p` that its DKIM hosts publish."""
        return dict(self._do("ses_key", account=account, region=region, domain=domain))

    def start_watch(self, name: str) -> None:
        """Note from now on what DNS and SES answer at and below a name, after everything that may change it."""
        self._do("start_watch", name=name)

    def stop_watch(self, name: str) -> list[dict[str, Any]]:
        """Return each state that was seen since, in order: `live`, and what it came `after`."""
        return list(self._do("stop_watch", name=name))

    def deliver(self, account: str, region: str, message: bytes, **handling: bool) -> bytes:
        """
        Send a raw message through the model of SES, and return it as a receiver gets it.

        Args:
            account: Of the sender's identity.
            region: Of the sender's identity.
            message: The message.
            handling: `tracks` rewrites its links, `manages_list` lets SES write List-Unsubscribe.
        """
        data = base64.b64encode(message).decode()
        return base64.b64decode(self._do("deliver", account=account, region=region, data=data, **handling))

    def open_inbox(self, domain: str, maildir: Path, mailauth: Path | None = None) -> str:
        """
        Open a receiver of mail to a domain; return its name, as Authentication-Results have it.

        Args:
            domain: Of the addresses.
            maildir: Folder where it keeps mail; made if it is not there.
            mailauth: Folder of the npm package, which writes Authentication-Results; None for none.
        """
        return str(self._do("open_inbox", domain=domain, maildir=str(maildir), mailauth=str(mailauth or "")))

    def sent(self) -> list[dict[str, Any]]:
        """Wait until mail is delivered; return `message_id`, `envelope_from` and `outcomes` by recipient of each."""
        return list(self._do("sent"))

    def _do(self, action: str, /, **arguments: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the endpoint is our own
            f"{self.endpoint}/_localaws/{action}", json.dumps(arguments).encode(), method="POST"
        )
        try:
            with _OPENER.open(request, timeout=_START_LIMIT_S) as response:
                return json.load(response)
        except urllib.error.HTTPError as err:
            with err:
                raise ControlError(json.load(err)["error"], status=err.code) from err


# Without the proxies of the environment: they are for other machines.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def running(
    *, port: int = 0, dns_port: int = 0, parent: int | None = None, ses_rate: float = 0.0
) -> Iterator[LocalAws]:
    """
    Run an emulator in a process of its own for the length of a `with` block.

    Args:
        port: Of the endpoint; 0 takes a free one.
        dns_port: Of the DNS server; 0 takes a free one.
        parent: The emulator ends with this process, by default with the caller.
        ses_rate: Requests to SES a second in each region; 0 answers all.

    Yields:
        The emulator, ready.

    Raises:
        StartError: It did not come up; with what it said.
    """
    command = [
        *(sys.executable, "-m", "mailproof.localaws", "--port", str(port), "--dns-port", str(dns_port)),
        *("--parent", str(parent or os.getpid()), "--ses-rate", str(ses_rate)),
    ]
    # The package may be in use from a folder that is not installed.
    paths = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(command, stdout=out, stderr=complaints, stdin=subprocess.DEVNULL, env=environment)  # noqa: S603 - our own
        try:
            yield LocalAws(**_await_ready(process, out, complaints))
        finally:
            _end(process)


def _await_ready(process: subprocess.Popen[bytes], out: IO[str], complaints: IO[str]) -> dict[str, Any]:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline:
        out.seek(0)
        line = out.readline()
        if line.endswith("\n"):
            ready: dict[str, Any] = json.loads(line)
            return ready
        if process.poll() is not None:
            break
        time.sleep(_POLL_S)
    complaints.seek(0)
    code = process.poll()
    state = "did not come up in time" if code is None else f"ended with exit code {code}"
    raise StartError(f"localaws {state}: {complaints.read().strip() or 'it said nothing'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
