"""`python -m localaws`: start the embedded AWS."""

import argparse
import socket
import sys
from collections.abc import Callable

from localaws.environment import prepare_environment
from localaws.errors import StartError
from localaws.ports import HOST, DnsSockets, bind_dns, bind_http

_HTTP_PORT = 4566
_DNS_PORT = 4553
_MAX_PORT = 65535


def _parse_port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _MAX_PORT:
        raise argparse.ArgumentTypeError(f"is not a port, got {text}")
    return port


def _parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localaws", description=f"An embedded AWS and DNS on {HOST}.")
    parser.add_argument(
        "--port",
        type=_parse_port,
        default=_HTTP_PORT,
        help=f"of the AWS endpoint (default {_HTTP_PORT}, 0: a free one)",
    )
    parser.add_argument(
        "--dns-port",
        type=_parse_port,
        default=_DNS_PORT,
        help=f"of the DNS server (default {_DNS_PORT}, 0: a free one)",
    )
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process ends")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the emulator until it is told to end; the exit code is 0, or 2 if it could not start."""
    options = _parse_arguments(arguments)
    try:
        listener = bind_http(options.port)
        dns_sockets = bind_dns(options.dns_port)
        prepare_environment(listener.getsockname()[1])
        _load_server()(listener, dns_sockets, options.parent)
    except StartError as err:
        print(f"localaws: {err}", file=sys.stderr)  # noqa: T201 - the one sentence for people
        return 2
    return 0


def _load_server() -> Callable[[socket.socket, DnsSockets, int | None], None]:
    """Import what imports ministack, which reads the environment meanwhile."""
    try:
        from localaws.server import serve  # noqa: PLC0415 - see above
    except ModuleNotFoundError as err:
        raise StartError(f"the package {err.name} is missing; run: make local") from err
    return serve


if __name__ == "__main__":
    sys.exit(main())
