"""The resolver: whether it answers over UDP and TCP, and whether it validates."""

import asyncio
from collections.abc import Iterator, Sequence

import dns.flags
import dns.message
import dns.rcode

from mailproof.doctor.probe import Probe, State
from mailproof.live.transport import MalformedResponse, Server, Transport

TCP_FIX = "let TCP to port 53 through: long answers, such as keys of 2,048 bits, do not fit otherwise"
REACH_FIX = "name one that answers: --resolver, or MAILPROOF_RESOLVER"


def probe_dns(servers: Sequence[Server], timeout_s: float) -> Iterator[Probe]:
    """
    Ask each resolver for the servers of the root, which every one knows, and which are signed.

    Args:
        servers: The resolvers.
        timeout_s: For one question.
    """
    for server in servers:
        yield from asyncio.run(_probe(server, timeout_s))


async def _probe(server: Server, timeout_s: float) -> list[Probe]:
    subject, transport = f"resolver {server}", Transport(server)
    query = dns.message.make_query(".", "NS", want_dnssec=True).to_wire()
    try:
        answer = await transport.ask(query, timeout_s)
    except (OSError, MalformedResponse) as err:  # TimeoutError is one of the former
        return [Probe(subject, State.UNKNOWN, f"does not answer ({_words(err)})", REACH_FIX)]
    finally:
        transport.close()
    if answer.rcode() != dns.rcode.NOERROR:
        what = f"answers {dns.rcode.to_text(answer.rcode())} when asked for the root"
        return [Probe(subject, State.NOTE, what, "if it serves other names only, that is meant")]
    validates = bool(answer.flags & dns.flags.AD)
    words = "answers, and validates (DNSSEC)" if validates else "answers; it does not validate (DNSSEC)"
    probes = [Probe(subject, State.OK if validates else State.NOTE, words)]
    try:
        await transport.ask_tcp(query, timeout_s)
    except (OSError, MalformedResponse) as err:
        probes.append(Probe(subject, State.MISSING, f"does not answer over TCP ({_words(err)})", TCP_FIX))
    return probes


def _words(err: Exception) -> str:
    return "timeout" if isinstance(err, TimeoutError) else (getattr(err, "strerror", None) or str(err))
