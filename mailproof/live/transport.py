"""Query one DNS server: many queries at a time over one UDP socket, TCP where an answer does not fit."""

import asyncio
import contextlib
import secrets
import socket
import struct
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message

from mailproof.live.dns_wire import is_response

DNS_PORT = 53
ID_BYTES = 2
PORTS = 1 << 16
DATAGRAM_BYTES = 4096  # more than queries allow
LATE_S = 0.2


@dataclass(frozen=True, slots=True)
class Server:
    """
    The address and port of a DNS server.

    Attributes:
        host: Address.
        port: Of UDP and TCP.
    """

    host: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        """Show it as ``host:port``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_server(text: str) -> Server:
    """
    Read ``HOST[:PORT]``; an IPv6 address with a port stands in brackets.

    Raises:
        ValueError: The port is not a port, or the host is empty.
    """
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    if not host or (port and not (port.isdecimal() and 0 < int(port) < PORTS)):
        raise ValueError(f"is not HOST[:PORT], got {text!r}")
    return Server(host, int(port or DNS_PORT))


class MalformedResponse(Exception):  # noqa: N818 -- reads as what it says
    """A response that is not a DNS message."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    Who waits for a response.

    Attributes:
        query: As sent, but for the id.
        response: Gets it.
    """

    query: bytes
    response: asyncio.Future[dns.message.Message]


class UdpChannel:
    """
    One socket to one server; responses find their questions by message id.

    All that has arrived is read at once: asyncio's own transport reads one datagram a turn of the loop, and a question
    would time out while its answer lies in the socket of a busy process.

    Args:
        sock: Connected, and does not block.

    Attributes:
        waiting: By message id.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.waiting: dict[int, Waiting] = {}
        self._socket = sock
        asyncio.get_running_loop().add_reader(sock, self._read)

    @classmethod
    async def open(cls, server: Server) -> "UdpChannel":
        """
        Open a socket.

        Raises:
            OSError: There is no way to the server.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)
        error: OSError | None = None
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)  # noqa: FBT003 -- as the standard library has it
            try:
                sock.connect(address)
            except OSError as err:
                sock.close()
                error = err
            else:
                return cls(sock)
        raise error or ConnectionError("the server has no address")

    def close(self) -> None:
        """Give the socket back."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        """Read all that has arrived (the loop calls this), and hand each response to whoever waits for it."""
        while True:
            try:
                data = self._socket.recv(DATAGRAM_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as err:
                self._fail(err)
                return
            self._take(data)

    def _take(self, data: bytes) -> None:
        """Take one response; what fits no question is dropped."""
        entry = self.waiting.get(int.from_bytes(data[:ID_BYTES]))
        if entry is None or entry.response.done() or not is_response(entry.query, data):
            return
        try:
            outcome: dns.message.Message | MalformedResponse = parse_message(data)
        except MalformedResponse as err:
            outcome = err
        settle(entry.response, outcome)

    def _fail(self, err: OSError) -> None:
        """Fail all that waits: the server's host refuses the port."""
        for entry in self.waiting.values():
            settle(entry.response, err)

    async def ask(self, query: bytes, timeout_s: float) -> dns.message.Message:
        """
        Send a query and wait for its response.

        Raises:
            TimeoutError: No response in time.
            OSError: The socket reports an error.
            MalformedResponse: What came cannot be read.
        """
        while (number := int.from_bytes(secrets.token_bytes(ID_BYTES))) in self.waiting:
            pass
        loop = asyncio.get_running_loop()
        future: asyncio.Future[dns.message.Message] = loop.create_future()
        self.waiting[number] = Waiting(query, future)
        end = Deadline(loop, future, loop.time() + timeout_s)
        try:
            self._send(number.to_bytes(ID_BYTES) + query[ID_BYTES:])
            return await future
        finally:
            end.cancel()
            del self.waiting[number]

    def _send(self, query: bytes) -> None:
        try:
            self._socket.send(query)
        except (BlockingIOError, InterruptedError):
            pass  # as if it got lost: it is asked again
        except OSError as err:
            self._fail(err)


class Deadline:
    """
    Fails a question that has no response in time.

    Where the event loop itself was late, the response is waited for a moment longer: the server may have been late as
    well, on the same machine.

    Args:
        loop: The event loop.
        response: Of the question.
        end_s: When its time is up, by the clock of the loop.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, response: "asyncio.Future[dns.message.Message]", end_s: float
    ) -> None:
        self._loop = loop
        self._response = response
        self._timer = loop.call_at(end_s, self._check, end_s)

    def cancel(self) -> None:
        """Let the question be."""
        self._timer.cancel()

    def _check(self, end_s: float) -> None:
        now_s = self._loop.time()
        if now_s - end_s > LATE_S:
            self._timer = self._loop.call_at(now_s + LATE_S, self._check, now_s + LATE_S)
        else:
            settle(self._response, TimeoutError())


def settle(response: asyncio.Future[dns.message.Message], outcome: dns.message.Message | Exception) -> None:
    """Give a response to whoever still waits: Ctrl-C cancels a wait between any two instructions of ours."""
    with contextlib.suppress(asyncio.InvalidStateError):
        if isinstance(outcome, Exception):
            response.set_exception(outcome)
        else:
            response.set_result(outcome)


def parse_message(data: bytes) -> dns.message.Message:
    """
    Read a message; of a truncated one, what is there.

    Raises:
        MalformedResponse: It is none.
    """
    try:
        return dns.message.from_wire(data, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError) as err:
        raise MalformedResponse(str(err) or type(err).__name__) from err


class Transport:
    """
    A DNS server that can be asked.

    Args:
        server: Where it listens.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._udp: UdpChannel | None = None
        self._opening = asyncio.Lock()

    async def ask(self, query: bytes, timeout_s: float) -> dns.message.Message:
        """
        Ask over UDP, and over TCP if the response is truncated or cannot be read.

        Raises:
            TimeoutError: No response in time.
            OSError: The server cannot be reached.
            MalformedResponse: What came over TCP cannot be read either.
        """
        channel = self._udp or await self._channel()
        try:
            response = await channel.ask(query, timeout_s)
        except MalformedResponse:
            return await self.ask_tcp(query, timeout_s)
        return await self.ask_tcp(query, timeout_s) if response.flags & dns.flags.TC else response

    async def _channel(self) -> UdpChannel:
        async with self._opening:
            if self._udp is None:
                self._udp = await UdpChannel.open(self.server)
        return self._udp

    async def ask_tcp(self, query: bytes, timeout_s: float) -> dns.message.Message:
        """Ask over TCP; raises as `ask` does."""
        wire = secrets.token_bytes(ID_BYTES) + query[ID_BYTES:]
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(self.server.host, self.server.port)
            try:
                writer.write(struct.pack("!H", len(wire)) + wire)
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                data = await reader.readexactly(length)
            except asyncio.IncompleteReadError as err:
                raise MalformedResponse("the connection ended early") from err
            finally:
                writer.close()
        response = parse_message(data)
        if data[:ID_BYTES] != wire[:ID_BYTES] or not is_response(wire, data) or response.flags & dns.flags.TC:
            raise MalformedResponse("over TCP, too, the answer is not whole")
        return response

    def close(self) -> None:
        """Give the socket back."""
        if self._udp is not None:
            self._udp.close()
            self._udp = None
