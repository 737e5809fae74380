"""Fetch the MTA-STS policy of a domain over HTTPS, as a server that sends to it would (RFC 8461 section 3.3)."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Timer

from mailproof.live.answer import Absent, Answer, MxAnswer, Unanswered
from mailproof.live.resolver import Lookup
from mailproof.model.mta_sts import POLICY_PATH, MtaSts, policy_host

HTTPS_PORT = 443
TIMEOUT_S = 10.0
BODY_LIMIT_BYTES = 65_536
OK = 200


@dataclass(frozen=True, slots=True)
class FetchedPolicy:
    """
    What the web server of a policy answers.

    Attributes:
        text: The policy; empty if there is a fault.
        fault: Why senders take no policy from it; empty if they do.
    """

    text: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class MtaStsFacts:
    """
    The policy of one domain.

    Attributes:
        domain: The domain.
        wanted: What the file asks for.
        answer: What its web server answers.
        mx: The servers that receive its mail.
    """

    domain: str
    wanted: MtaSts
    answer: FetchedPolicy | Unanswered
    mx: MxAnswer

    region = None
    type = None

    @property
    def name(self) -> str:
        """The web server."""
        return policy_host(self.domain)


async def read_mta_sts(lookup: Lookup, domain: str, wanted: MtaSts) -> MtaStsFacts:
    """Ask DNS for the web server and the MX, and the web server for the policy."""
    answer, mx = await asyncio.gather(_fetch(lookup, policy_host(domain)), lookup.mx(domain))
    return MtaStsFacts(domain, wanted, answer, mx)


async def _fetch(lookup: Lookup, host: str) -> FetchedPolicy | Unanswered:
    answers = await asyncio.gather(lookup.names(host, "A"), lookup.names(host, "AAAA"))
    addresses = [address for answer in answers if isinstance(answer, Answer) for address in answer.records]
    if not addresses and all(isinstance(answer, Absent) for answer in answers):
        return FetchedPolicy(fault=f"{host} has no address")
    if not addresses:
        return next(answer for answer in answers if isinstance(answer, Unanswered))
    found: FetchedPolicy | Unanswered = Unanswered("no answer")
    for address in addresses:
        found = await asyncio.to_thread(_fetch_from, address, host)
        if not isinstance(found, Unanswered):
            break
    return found


def _fetch_from(address: str, host: str) -> FetchedPolicy | Unanswered:
    """Ask one address; a redirect is not followed (RFC 8461 section 3.3)."""
    connection = HTTPConnection(host, HTTPS_PORT, timeout=TIMEOUT_S)
    try:
        plain = socket.create_connection((address, HTTPS_PORT), timeout=TIMEOUT_S)
        with _ended_after(plain, TIMEOUT_S):
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
            connection.request("GET", POLICY_PATH, headers={"Accept": "text/plain"})
            response = connection.getresponse()
            body = response.read(BODY_LIMIT_BYTES + 1)
    except ssl.SSLCertVerificationError as err:
        return FetchedPolicy(fault=f"its certificate is not taken: {err.verify_message}")
    except (OSError, HTTPException) as err:
        return _judge_failure(address, err)
    finally:
        connection.close()
    if response.status != OK:
        return FetchedPolicy(fault=f"it answers {response.status} {response.reason}".rstrip())
    if (kind := response.headers.get_content_type()) != "text/plain":
        return FetchedPolicy(fault=f"it answers {kind}, not text/plain")
    if len(body) > BODY_LIMIT_BYTES:
        return FetchedPolicy(fault=f"it answers more than {BODY_LIMIT_BYTES:,} bytes")
    return FetchedPolicy(body.decode(errors="replace"))


def _judge_failure(address: str, err: OSError | HTTPException) -> FetchedPolicy | Unanswered:
    """Tell a server that does not speak TLS as senders do from one that does not answer to the end."""
    if isinstance(err, ssl.SSLError) and not isinstance(err, ssl.SSLEOFError):
        return FetchedPolicy(fault=f"it refuses TLS: {(err.reason or str(err)).replace('_', ' ').lower()}")
    return Unanswered("no answer", f"{address} port {HTTPS_PORT}: {err or type(err).__name__}")


@contextmanager
def _ended_after(connection: socket.socket, seconds: float) -> Iterator[None]:
    """End a connection after so many seconds in all: each byte that comes would begin a time limit of its own anew."""
    with connection.dup() as same:  # TLS takes the first one over
        timer = Timer(seconds, _end, (same,))
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _end(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side was first
        connection.shutdown(socket.SHUT_RDWR)
