"""
Loopback servers that answer for a fleet: DNS, and the part of AWS that `mailproof check` reads.

Each runs in a process of its own. Answers are built once and kept as bytes, so that what is measured is who asks.
"""

import json
import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import ClassVar
from urllib.request import ProxyHandler, build_opener

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

ACCOUNT = "111122223333"  # that of fleet.py
TTL_S = 300
TOKENS = "abc"
SERVERS = ("ns1.dns.example", "ns2.dns.example")
SOA = "ns1.dns.example. hostmaster.dns.example. 1 7200 900 1209600 300"
CALLS = "/_calls"
FEEDBACK_ADDRESS, SENDERS = "192.0.2.25", "192.0.2.0/24"  # RFC 5737

Records = dict[tuple[str, str], list[str]]


def token(domain: str, region: str, part: str) -> str:
    """Return a DKIM token: letters and digits, another for each identity."""
    return f"{domain.partition('.')[0]}{region.replace('-', '')}{part}"


def build_records(domains: list[str], regions: list[str]) -> Records:
    """Build every record of a fleet that is right, and what a domain has beside them: MX and SPF of its own."""
    records: Records = {("amazonses.com", "TXT"): [f'"v=spf1 ip4:{SENDERS} -all"']}
    for region in regions:
        records[f"feedback-smtp.{region}.amazonses.com", "A"] = [FEEDBACK_ADDRESS]
    for domain in domains:
        records |= {
            (domain, "NS"): [f"{server}." for server in SERVERS],
            (domain, "SOA"): [SOA],
            (domain, "MX"): ["10 feedback-smtp.us-east-1.amazonses.com."],
            (domain, "TXT"): ['"v=spf1 include:amazonses.com ~all"'],
            (f"_dmarc.{domain}", "TXT"): ['"v=DMARC1; p=reject"'],
        }
        for region in regions:
            name = f"bounce.{region}.{domain}"
            records[name, "MX"] = [f"10 feedback-smtp.{region}.amazonses.com."]
            records[name, "TXT"] = ['"v=spf1 include:amazonses.com ~all"']
            for label in (token(domain, region, part) for part in TOKENS):
                records[f"{label}._domainkey.{domain}", "CNAME"] = [f"{label}.dkim.amazonses.com."]
    return records


def build_answer(query: dns.message.Message, records: Records, names: set[str]) -> bytes:
    """Build the response to a query, its id included."""
    question = query.question[0]
    name, rdtype = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
    response = dns.message.make_response(query, recursion_available=True)
    if values := records.get((name, rdtype)):
        response.answer.append(dns.rrset.from_text(question.name, TTL_S, "IN", rdtype, *values))
    else:
        response.authority.append(dns.rrset.from_text(name.rpartition(".")[2] + ".", TTL_S, "IN", "SOA", SOA))
        response.set_rcode(dns.rcode.NOERROR if name in names else dns.rcode.NXDOMAIN)
    return response.to_wire()


class Answers:
    """
    Answers questions, each built once.

    Args:
        records: What there is.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._names = {name for name, _ in records}
        self._known: dict[bytes, bytes] = {}

    def answer(self, query: bytes) -> bytes:
        """Return the response to a query."""
        if (known := self._known.get(query[2:])) is None:
            response = build_answer(dns.message.from_wire(query), self._records, self._names)
            known = self._known[query[2:]] = response[2:]
        return query[:2] + known


def serve_udp(sock: socket.socket, answers: Answers, delay_s: float) -> None:
    """Answer datagrams for ever, each after the delay; they do not wait for each other."""
    late: SimpleQueue[tuple[float, bytes, object]] = SimpleQueue()
    if delay_s:
        Thread(target=send_late, args=(sock, late), daemon=True).start()
    while True:
        query, sender = sock.recvfrom(4096)
        if delay_s:
            late.put((time.monotonic() + delay_s, answers.answer(query), sender))
        else:
            sock.sendto(answers.answer(query), sender)


def send_late(sock: socket.socket, late: "SimpleQueue[tuple[float, bytes, object]]") -> None:
    """Send answers when their time has come."""
    while True:
        due_s, answer, sender = late.get()
        time.sleep(max(0.0, due_s - time.monotonic()))
        sock.sendto(answer, sender)


def serve_tcp(sock: socket.socket, answers: Answers, delay_s: float) -> None:
    """Answer over TCP for ever, one connection after the other."""
    while True:
        connection, _ = sock.accept()
        with connection, connection.makefile("rb") as stream:
            while length := stream.read(2):
                answer = answers.answer(stream.read(int.from_bytes(length, "big")))
                time.sleep(delay_s)
                connection.sendall(len(answer).to_bytes(2, "big") + answer)


def serve_dns(ready: Connection, domains: list[str], regions: list[str], delay_s: float) -> None:
    """Answer over UDP and TCP for ever; the port goes through the pipe."""
    answers = Answers(build_records(domains, regions))
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())
        Thread(target=serve_tcp, args=(tcp, answers, delay_s), daemon=True).start()
        ready.send(tcp.getsockname()[1])
        serve_udp(udp, answers, delay_s)


def build_identity(domain: str, region: str) -> dict[str, object]:
    """Build SES's answer about an identity that is verified."""
    return {
        "IdentityType": "DOMAIN",
        "VerifiedForSendingStatus": True,
        "VerificationStatus": "SUCCESS",
        "DkimAttributes": {
            "SigningEnabled": True,
            "Status": "SUCCESS",
            "Tokens": [token(domain, region, part) for part in TOKENS],
            "SigningHostedZone": "dkim.amazonses.com",
            "SigningAttributesOrigin": "AWS_SES",
            "CurrentSigningKeyLength": "RSA_2048_BIT",
        },
        "MailFromAttributes": {
            "MailFromDomain": f"bounce.{region}.{domain}",
            "MailFromDomainStatus": "SUCCESS",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
    }


def build_hosted_zone(zone_id: str) -> str:
    """Build Route 53's answer about a hosted zone."""
    servers = "".join(f"<NameServer>{server}</NameServer>" for server in SERVERS)
    name = f"d{int(zone_id[1:]):05}.example."  # as fleet.py numbers them
    facts = f"<Id>/hostedzone/{zone_id}</Id><Name>{name}</Name><CallerReference>x</CallerReference>"
    return f"<R><HostedZone>{facts}</HostedZone><DelegationSet><NameServers>{servers}</NameServers></DelegationSet></R>"


CALLER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult>"
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>BENCH</UserId><Account>{ACCOUNT}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)
HEALTHY = {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY"}


THROTTLED = {"__type": "TooManyRequestsException", "message": "Rate exceeded"}


class Bucket:
    """
    What SES allows in one region: one request, and the next when its time has come.

    Args:
        rate: Requests a second.
    """

    def __init__(self, rate: float) -> None:
        self._interval_s = 1 / rate
        self._next_s = 0.0
        self._lock = Lock()

    def take(self) -> bool:
        """Tell whether a request is answered."""
        with self._lock:
            now_s = time.monotonic()
            is_allowed = now_s >= self._next_s
            if is_allowed:
                self._next_s = now_s + self._interval_s
            return is_allowed


class AwsHandler(BaseHTTPRequestHandler):
    """SES, Route 53 and STS, as far as the check reads them; calls are counted by operation, and as throttled."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    calls: ClassVar[Counter[str]] = Counter()
    listed: ClassVar[str] = ""
    buckets: ClassVar[dict[str, Bucket]] = {}

    def do_GET(self) -> None:
        """Answer a call, or tell how many there were since the last question."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", self.headers.get("Authorization", ""))
        region = scope[1] if scope else ""
        last = self.path.partition("?")[0].rpartition("/")[2]
        if self.path == CALLS:
            self._send(json.dumps(self.calls))
            self.calls.clear()
        elif self.path.startswith("/v2/") and region in self.buckets and not self.buckets[region].take():
            self._send(json.dumps(THROTTLED), "throttled", "429 Too Many Requests")
        elif self.path.startswith("/v2/email/identities/"):
            self._send(json.dumps(build_identity(last, region)), "GetEmailIdentity")
        elif self.path.startswith(("/v2/email/identities", "/v2/email/list-identities")):
            self._send(self.listed, "ListEmailIdentities")
        elif self.path.startswith("/v2/email/account"):
            self._send(json.dumps(HEALTHY), "GetAccount")
        elif "/hostedzone/" in self.path:
            self._send(build_hosted_zone(last), "GetHostedZone")
        else:
            self._send(CALLER, "GetCallerIdentity")

    do_POST = do_GET  # noqa: N815 -- the base class looks for these names

    def _send(self, text: str, operation: str = "", status: str = "200 OK") -> None:
        if operation:
            self.calls[operation] += 1
        kind = "application/json" if text.startswith("{") else "text/xml"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\n\r\n"
        self.wfile.write((head + text).encode())


def serve_aws(ready: Connection, domains: list[str], regions: list[str], ses_rate: float) -> None:
    """Answer over HTTP for ever; the port goes through the pipe."""
    summary = {"IdentityType": "DOMAIN", "SendingEnabled": True, "VerificationStatus": "SUCCESS"}
    AwsHandler.listed = json.dumps({"EmailIdentities": [{"IdentityName": domain, **summary} for domain in domains]})
    AwsHandler.buckets = {region: Bucket(ses_rate) for region in regions if ses_rate}
    server = ThreadingHTTPServer(("127.0.0.1", 0), AwsHandler)
    server.daemon_threads = True
    ready.send(server.server_address[1])
    server.serve_forever()


@dataclass(frozen=True)
class Loopback:
    """
    The running servers.

    Attributes:
        dns_port: Of the DNS server.
        aws_port: Of AWS.
    """

    dns_port: int
    aws_port: int

    def take_calls(self) -> dict[str, int]:
        """Return how many calls of each AWS operation there were since the last time."""
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{self.aws_port}{CALLS}") as response:
            return json.load(response)


@contextmanager
def running(domains: list[str], regions: list[str], delay_s: float = 0.0, ses_rate: float = 0.0) -> Iterator[Loopback]:
    """
    Run both servers for the length of a `with` block.

    Args:
        domains: Of the fleet; SES has an identity for each in every region.
        regions: Of the fleet.
        delay_s: After which DNS answers.
        ses_rate: Requests a second that SES answers in a region; 0 answers all.
    """
    with (
        start(serve_dns, domains, regions, delay_s) as dns_port,
        start(serve_aws, domains, regions, ses_rate) as aws_port,
    ):
        yield Loopback(dns_port, aws_port)


@contextmanager
def start(serve: Callable[..., None], *arguments: object) -> Iterator[int]:
    """Run one server in a process of its own and return its port."""
    here, there = Pipe()
    process = Process(target=serve, args=(there, *arguments), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()
