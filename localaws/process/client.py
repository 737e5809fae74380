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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from mailproof.localaws.errors import ControlError, StartError

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
        answer = self._call("PUT", "zones", {"account": account, "id": zone_id, "name": name})
        return list(answer["name_servers"])

    def put_external_zone(self, name: str, text: str) -> None:
        """Put another DNS provider's zone there, as an RFC 1035 master file; it wins over a hosted zone of its name."""
        self._send("PUT", f"dns/zones/{quote(name)}", text.encode(), "text/plain")

    def cut_delegation(self, name: str) -> None:
        """Let live DNS answer NXDOMAIN for a zone and all below it, as if the parent did not delegate it."""
        self._call("PUT", f"dns/delegations/{quote(name)}", {"cut": True})

    def delegate_to(self, name: str, zone_id: str) -> None:
        """Choose which hosted zone live DNS has under a name; by itself an external zone, else the first created."""
        self._call("PUT", f"dns/delegations/{quote(name)}", {"zone_id": zone_id})

    def restore_delegation(self, name: str) -> None:
        """Undo `cut_delegation` and `delegate_to`."""
        self._call("DELETE", f"dns/delegations/{quote(name)}")

    def add_dns_fault(self, name: str, kind: str, rdtype: str = "*", times: int | None = None) -> None:
        """Let queries fail: `servfail`, `timeout`, `refused`, `nxdomain`, or `bogus` (SERVFAIL unless CD is set)."""
        self._call("POST", "dns/faults", {"name": name, "kind": kind, "rdtype": rdtype, "times": times})

    def clear_dns_faults(self) -> None:
        """Let all queries be answered again."""
        self._call("DELETE", "dns/faults")

    def set_dns_listener(self, *, running: bool) -> None:
        """Stop or start the DNS server; SES's own look-ups do not need it."""
        self._call("PUT", "dns/listener", {"running": running})

    def add_fault(self, **rule: Any) -> None:
        """Add a fault; for the members see `mailproof.localaws.faults.rules.FaultRule`."""
        self._call("POST", "faults", rule)

    def faults(self) -> list[dict[str, Any]]:
        """Return the fault rules, with how often each has applied (`hits`)."""
        return list(self._call("GET", "faults")["faults"])

    def clear_faults(self) -> None:
        """Remove all fault rules; a resource that one has delayed goes on."""
        self._call("DELETE", "faults")

    def calls(self, account: str | None = None) -> dict[str, dict[str, int]]:
        """Return how many calls there were, by service and operation; of one account or of all."""
        return self._call("GET", f"calls?account={account}" if account else "calls")

    def reset_calls(self) -> None:
        """Begin to count calls anew."""
        self._call("DELETE", "calls")

    def advance_clock(self, seconds: float) -> float:
        """Set the emulated clock ahead; SES looks at DNS before and after. Return the time then, since the epoch."""
        return float(self._call("POST", "clock", {"advance_s": seconds})["now"])

    def set_region(self, region: str, *, opted_in: bool, account: str = "*") -> None:
        """Switch a region on or off for an account; calls to one that is off find the credentials unknown."""
        self._call("PUT", f"regions/{quote(region)}", {"opted_in": opted_in, "account": account})

    def set_ses_account(self, account: str, region: str, **members: Any) -> None:
        """Set members of GetAccount: SendingEnabled, ProductionAccessEnabled, EnforcementStatus, SendQuota."""
        self._call("PUT", "ses/account", {"account": account, "region": region, "members": members})

    def set_ses_rate(self, account: str, rate: float) -> None:
        """Answer so many requests to SES a second in each region of an account, other than sending; 0 answers all."""
        self._call("PUT", "ses/rate", {"account": account, "rate": rate})

    def verify_address(self, account: str, region: str, address: str) -> None:
        """Click on the link in the mail that SES sends to a new address identity."""
        self._call("PUT", f"ses/identities/{quote(address)}", {"account": account, "region": region, "verified": True})

    def pin_status(self, account: str, region: str, identity: str, **states: str | None) -> None:
        """
        Hold states of an identity whatever DNS answers.

        Args:
            account: The identity's account.
            region: The identity's region.
            identity: The identity.
            states: dkim_status and mail_from_status (None lets it follow DNS again), and error_type.
        """
        self._call("PUT", f"ses/identities/{quote(identity)}", {"account": account, "region": region, **states})

    def ses_key(self, account: str, region: str, domain: str) -> dict[str, str]:
        """Return the `private_key` (PEM) that SES signs with for a domain, and the `p` that its DKIM hosts publish."""
        return self._call("GET", f"ses/keys/{quote(domain)}?account={account}&region={region}")

    def start_watch(self, name: str) -> None:
        """Note from now on what DNS and SES answer at and below a name, after everything that may change it."""
        self._call("PUT", f"watches/{quote(name)}")

    def stop_watch(self, name: str) -> list[dict[str, Any]]:
        """Return each state that was seen since, in order: `live`, and what it came `after`."""
        return list(self._call("DELETE", f"watches/{quote(name)}")["log"])

    def deliver(self, account: str, region: str, message: bytes, **handling: bool) -> bytes:
        """
        Send a raw message through the model of SES, and return it as a receiver gets it.

        Args:
            account: Of the sender's identity.
            region: Of the sender's identity.
            message: The message.
            handling: `tracks` rewrites its links, `manages_list` lets SES write List-Unsubscribe.
        """
        data = {"account": account, "region": region, "message": base64.b64encode(message).decode(), **handling}
        return base64.b64decode(self._call("POST", "ses/messages", data)["message"])

    def open_inbox(self, domain: str, maildir: Path, mailauth: Path | None = None) -> str:
        """
        Open a receiver of mail to a domain; return its name, as Authentication-Results have it.

        Args:
            domain: Of the addresses.
            maildir: Folder where it keeps mail; made if it is not there.
            mailauth: Folder of the npm package, which writes Authentication-Results; None for none.
        """
        data = {"maildir": str(maildir), "mailauth": str(mailauth or "")}
        return str(self._call("PUT", f"inboxes/{quote(domain)}", data)["host"])

    def sent(self) -> list[dict[str, Any]]:
        """Wait until mail is delivered; return `message_id`, `envelope_from` and `outcomes` by recipient of each."""
        return list(self._call("GET", "ses/sent")["sent"])

    def reset(self) -> None:
        """Forget everything, of all accounts."""
        self._call("POST", "reset")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._send(method, path, json.dumps(body or {}).encode(), "application/json")

    def _send(self, method: str, path: str, body: bytes, content_type: str) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the endpoint is our own
            f"{self.endpoint}/_localaws/{path}", data=body, method=method, headers={"Content-Type": content_type}
        )
        try:
            with _OPENER.open(request, timeout=_START_LIMIT_S) as response:
                answer: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as err:
            with err:
                problem = json.load(err).get("error", "")
            raise ControlError(problem, status=err.code) from err
        return answer


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
