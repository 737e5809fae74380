"""Ports of the emulator, bound before anything else is loaded, so that one in use is reported at once."""

import argparse
import socket
from typing import NamedTuple

from mailproof.localaws.errors import StartError

HOST = "127.0.0.1"
_AWS_PORT = 4566
_DNS_PORT = 4553
_MAX_PORT = 65535
_BACKLOG = 128
_ATTEMPTS = 20


class DnsSockets(NamedTuple):
    """The two sockets of the DNS server, on one port."""

    tcp: socket.socket
    udp: socket.socket


def add_port_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the ports."""
    for option, port, what in (("--port", _AWS_PORT, "AWS"), ("--dns-port", _DNS_PORT, "DNS")):
        parser.add_argument(option, type=_port, default=port, help=f"of {what} (default {port}, 0: a free one)")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"is not a port, got {text!r}")
    return int(text)


def bind_http(port: int) -> socket.socket:
    """
    Take the port of the AWS endpoint; 0 takes a free one.

    Raises:
        StartError: The port cannot be used.
    """
    listener = _reusable_socket()
    try:
        listener.bind((HOST, port))
    except OSError as err:
        listener.close()
        raise _port_error("port", port, err) from err
    listener.listen(_BACKLOG)
    return listener


def bind_dns(port: int) -> DnsSockets:
    """
    Take a port for DNS, over UDP and TCP; 0 takes one that is free for both.

    Raises:
        StartError: The port cannot be used.
    """
    for _ in range(0 if port else _ATTEMPTS - 1):
        try:
            return _bind_pair(0)
        except OSError:
            continue
    try:
        return _bind_pair(port)
    except OSError as err:
        raise _port_error("dns-port", port, err) from err


def _bind_pair(port: int) -> DnsSockets:
    tcp = _reusable_socket()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        tcp.bind((HOST, port))
        udp.bind((HOST, tcp.getsockname()[1]))
        # Only listening takes the port: two sockets that may reuse it can both be bound to it.
        tcp.listen(_BACKLOG)
    except OSError:
        tcp.close()
        udp.close()
        raise
    return DnsSockets(tcp, udp)


def _reusable_socket() -> socket.socket:
    # The protocol is named for asyncio, which lets the second half of an answer wait 40 ms for a socket that is any.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A port whose last connections are still in TIME_WAIT is free for us.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return listener


def _port_error(option: str, port: int, err: OSError) -> StartError:
    reason = err.strerror or str(err)
    return StartError(
        f"port {port} of {HOST} cannot be used ({reason}); end the process that has it, or choose another one with "
        f"--{option} (0 takes a free one)"
    )
