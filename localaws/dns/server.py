"""The DNS server: answers over UDP and TCP what `mailproof.localaws.dns.lookup` finds."""

import asyncio
import contextlib
import struct

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from mailproof.localaws.dns.escapes import as_zone_file
from mailproof.localaws.dns.lookup import Answer, RRset, look_up
from mailproof.localaws.names import dotted
from mailproof.localaws.ports import DnsSockets, bind_dns

_PLAIN_UDP_BYTES = 512
# What fits into one unfragmented packet nearly everywhere (DNS flag day 2020).
_OUR_UDP_BYTES = 1232
_TCP_IDLE_S = 30.0
_RCODES = {
    "nxdomain": dns.rcode.NXDOMAIN,
    "outside": dns.rcode.REFUSED,
    "servfail": dns.rcode.SERVFAIL,
}


def respond(wire: bytes, *, over_udp: bool) -> bytes | None:
    """Return the answer to a query as it goes over the wire; nothing if none is to be sent."""
    try:
        query = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError):
        return None
    if query.flags & dns.flags.QR:
        return None
    response = dns.message.make_response(query, our_payload=_OUR_UDP_BYTES)
    if query.edns > 0:
        response.set_rcode(dns.rcode.BADVERS)
    elif query.opcode() != dns.opcode.QUERY:
        response.set_rcode(dns.rcode.NOTIMP)
    elif len(query.question) != 1:
        response.set_rcode(dns.rcode.FORMERR)
    elif query.question[0].rdclass != dns.rdataclass.IN:
        response.set_rcode(dns.rcode.REFUSED)
    else:
        _fill(query, response)
    return _to_wire(query, response, over_udp=over_udp)


def _fill(query: dns.message.Message, response: dns.message.Message) -> None:
    """Put the answer into the response."""
    question = query.question[0]
    answer = look_up(question.name.to_text(), dns.rdatatype.to_text(question.rdtype))
    response.set_rcode(_RCODES.get(answer.outcome, dns.rcode.NOERROR))
    if answer.outcome in ("answer", "nodata", "nxdomain"):
        response.flags |= dns.flags.AA
    _add_sections(response, answer, question.name)


def _add_sections(response: dns.message.Message, answer: Answer, asked: dns.name.Name) -> None:
    for number, rrset in enumerate(answer.rrsets):
        # The first owner is spelled as asked, for clients that vary the case (0x20) and compare.
        response.answer.append(_build_rrset(rrset, asked if number == 0 else None))
    response.authority += [_build_rrset(rrset, None) for rrset in answer.authority]


def _build_rrset(rrset: RRset, owner: dns.name.Name | None) -> dns.rrset.RRset:
    name = owner or dns.name.from_text(dotted(rrset.name))
    # A host name in a value is fully qualified with and without a trailing dot, as Route 53 has it.
    values = [as_zone_file(value) for value in rrset.values]
    return dns.rrset.from_text_list(
        name, rrset.ttl_s, "IN", rrset.rdtype, values, relativize=False, origin=dns.name.root
    )


def _to_wire(query: dns.message.Message, response: dns.message.Message, *, over_udp: bool) -> bytes:
    if not over_udp:
        return response.to_wire(max_size=65535)
    limit = min(max(query.payload, _PLAIN_UDP_BYTES), _OUR_UDP_BYTES) if query.edns == 0 else _PLAIN_UDP_BYTES
    try:
        return response.to_wire(max_size=limit)
    except dns.exception.TooBig:
        response.answer.clear()
        response.authority.clear()
        response.flags |= dns.flags.TC
        return response.to_wire(max_size=limit)


class _UdpProtocol(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override] # asyncio's own advice
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = respond(data, over_udp=True)
        if answer is not None:
            self._transport.sendto(answer, addr)


async def _serve_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    ended = (asyncio.IncompleteReadError, TimeoutError, ConnectionError)
    with contextlib.suppress(*ended):
        while True:
            async with asyncio.timeout(_TCP_IDLE_S):
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                answer = respond(await reader.readexactly(length), over_udp=False)
            if answer is not None:
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
    writer.close()


class DnsServer:
    """The listener on one loopback port, UDP and TCP; it can be stopped and started while the emulator runs."""

    def __init__(self, sockets: DnsSockets) -> None:
        """Answer on sockets that are bound already."""
        self.port: int = sockets.tcp.getsockname()[1]
        self._sockets: DnsSockets | None = sockets
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None

    @property
    def running(self) -> bool:
        """Tell whether queries are answered."""
        return self._tcp is not None

    async def start(self) -> None:
        """Start to answer, on the same port as before."""
        if self.running:
            return
        sockets = self._sockets or bind_dns(self.port)
        self._sockets = None
        self._tcp = await asyncio.start_server(_serve_tcp, sock=sockets.tcp)
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(_UdpProtocol, sock=sockets.udp)

    async def stop(self) -> None:
        """Close the port: queries find nobody."""
        if self._tcp is not None and self._udp is not None:
            self._tcp.close()
            self._udp.close()
            # One turn of the loop, in which the transports really close their sockets.
            await asyncio.sleep(0)
        self._tcp = self._udp = None
