"""A DNS server for tests: master files, wildcards, aliases across zones, and listed faults; over UDP and TCP."""

import functools
import selectors
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

CHAIN_LIMIT = 9
SMALLEST_PAYLOAD_BYTES = 512


@functools.lru_cache
def _parse_zone(text: str, origin: str) -> dns.zone.Zone:
    """Read a zone, which nobody changes, once: many worlds have the same."""
    return dns.zone.from_text(text, origin, relativize=False, check_origin=False)


class WorldDns:
    """
    Answers as a validating resolver would that reaches these zones.

    Args:
        zones: Zone to the text of its master file, or ``absent``.
        faults: ``NAME TYPE`` to ``servfail``, ``timeout``, ``refused``, ``nxdomain``, ``bogus`` or ``garbage``; ``*``
            as type: all types; ``*.NAME``: the name and all below it.
        edns: What queries with an OPT record get: an answer, ``FORMERR``, ``NOTIMP``, ``BADVERS`` or ``silence``.

    Attributes:
        questions: Every question that came, ``NAME TYPE``.
        was_asked: Set by the first of them.
    """

    def __init__(self, zones: Mapping[str, str], faults: Mapping[str, str] | None = None, edns: str = "answer") -> None:
        self.edns = edns
        self.zones = {
            dns.name.from_text(origin): None if text == "absent" else _parse_zone(text, origin)
            for origin, text in zones.items()
        }
        self.faults = {key.lower(): fault for key, fault in (faults or {}).items()}
        self.questions: list[str] = []
        self.was_asked = threading.Event()

    def reply(self, wire: bytes, *, over_tcp: bool) -> bytes | None:
        """Answer a message; None for none."""
        query = dns.message.from_wire(wire)
        asked = query.question[0]
        self.questions.append(f"{_text(asked.name)} {dns.rdatatype.to_text(asked.rdtype)}")
        self.was_asked.set()
        response = dns.message.make_response(query, recursion_available=True)
        if query.edns >= 0 and self.edns != "answer":
            return _refuse_edns(response, self.edns)
        fault = self._resolve(response, asked.name, asked.rdtype, checking=not query.flags & dns.flags.CD)
        if fault == "timeout":
            return None
        if fault == "garbage" and not over_tcp:
            return response.to_wire()[:-3] + b"\xff\xff\xff\xff"
        try:
            limit = 65535 if over_tcp else max(SMALLEST_PAYLOAD_BYTES, query.payload)
            return response.to_wire(max_size=limit)
        except dns.exception.TooBig:
            response.answer, response.authority = [], []
            response.flags |= dns.flags.TC
            return response.to_wire()

    def _resolve(self, response: Any, name: dns.name.Name, rdtype: Any, *, checking: bool) -> str | None:
        """Fill a response, following aliases; return the fault that decided it."""
        for _ in range(CHAIN_LIMIT):
            fault = self._fault(name, rdtype)
            if fault and fault != "garbage" and (fault != "bogus" or checking):
                _refuse(response, fault)
                return fault
            zone = self._zone(name)
            node, exists = _node(zone, name) if zone is not None else (None, False)
            found = node and (_rdataset(node, zone, rdtype) or _rdataset(node, zone, dns.rdatatype.CNAME))
            if not found:
                response.set_rcode(dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN)
                if zone is not None and (soa := zone.get_rrset(zone.origin, "SOA")):
                    response.authority.append(soa)
                return fault
            response.answer.append(dns.rrset.from_rdata_list(name, found.ttl, list(found)))
            if found.rdtype == rdtype:
                return fault
            name = found[0].target
        response.set_rcode(dns.rcode.SERVFAIL)
        return None

    def _fault(self, name: dns.name.Name, rdtype: Any) -> str | None:
        plain = _text(name)
        above = [plain.split(".", count)[-1] for count in range(plain.count(".") + 1)]
        for where in (plain, *(f"*.{part}" for part in above)):
            for kind in (dns.rdatatype.to_text(rdtype).lower(), "*"):
                if fault := self.faults.get(f"{where} {kind}"):
                    return fault
        return None

    def _zone(self, name: dns.name.Name) -> Any:
        origins = [origin for origin in self.zones if name.is_subdomain(origin)]
        return self.zones[max(origins, key=len)] if origins else None


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _rdataset(node: Any, zone: Any, rdtype: Any) -> Any:
    return node.get_rdataset(zone.rdclass, rdtype)


def _refuse_edns(response: Any, how: str) -> bytes | None:
    if how == "silence":
        return None
    code = dns.rcode.from_text(how)
    response.use_edns(0 if code == dns.rcode.BADVERS else -1)  # that code does not fit without
    response.set_rcode(code)
    return bytes(response.to_wire())


def _refuse(response: Any, fault: str) -> None:
    response.answer.clear()
    codes = {"refused": dns.rcode.REFUSED, "nxdomain": dns.rcode.NXDOMAIN}
    response.set_rcode(codes.get(fault, dns.rcode.SERVFAIL))
    if fault == "bogus":
        response.use_edns(options=[dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS)])


def _node(zone: Any, name: dns.name.Name) -> tuple[Any, bool]:
    """Return what stands at a name and whether the name exists; wildcards expanded (RFC 4592)."""
    if (node := zone.get_node(name)) is not None:
        return node, True
    while name != zone.origin:
        if any(other.is_subdomain(name) for other in zone.nodes):
            return None, True
        name = name.parent()
        if (node := zone.get_node(dns.name.Name((b"*", *name.labels)))) is not None:
            return node, True
        if any(other.is_subdomain(name) for other in zone.nodes):
            break
    return None, False


@contextmanager
def serve(world: Any, address: tuple[str, int] = ("127.0.0.1", 0)) -> Iterator[str]:
    """Serve over UDP and TCP on one loopback port; yields ``127.0.0.1:port``."""

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if (wire := world.reply(self.request[0], over_tcp=False)) is not None:
                self.request[1].sendto(wire, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = self.rfile.read(2)
            wire = world.reply(self.rfile.read(struct.unpack("!H", head)[0]), over_tcp=True)
            if wire is not None:
                self.wfile.write(struct.pack("!H", len(wire)) + wire)

    with _bind(Udp, Tcp, address) as (bound, servers), _listening(servers):
        yield f"{bound[0]}:{bound[1]}"


@contextmanager
def _listening(servers: list[Any]) -> Iterator[None]:
    """Handle what comes, in a thread; it ends at once, where `serve_forever` looks only now and then whether to."""
    told, tell = socket.socketpair()
    for server in servers:
        server.timeout = 0  # what was ready and is gone is not waited for

    def listen() -> None:
        with selectors.DefaultSelector() as waiting:
            for one in (told, *servers):
                waiting.register(one, selectors.EVENT_READ)
            while told not in (ready := [key.fileobj for key, _ in waiting.select()]):
                for server in servers:
                    if server in ready:
                        server.handle_request()

    thread = threading.Thread(target=listen, daemon=True)
    with told, tell:
        thread.start()
        try:
            yield
        finally:
            tell.send(b"x")
            thread.join()


@contextmanager
def _bind(udp_handler: Any, tcp_handler: Any, address: tuple[str, int]) -> Iterator[tuple[Any, list[Any]]]:
    while True:
        tcp = socketserver.ThreadingTCPServer(address, tcp_handler)
        try:
            udp = socketserver.UDPServer(tcp.server_address, udp_handler)
            break
        except OSError:  # somebody else's UDP socket has that number: take another
            tcp.server_close()
    with tcp, udp:
        yield tcp.server_address, [tcp, udp]
