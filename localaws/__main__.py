"""`python -m mailproof.localaws`: start the embedded AWS."""

import argparse
import socket
import sys
from collections.abc import Callable

from mailproof.localaws.errors import StartError
from mailproof.localaws.ports import HOST, DnsSockets, add_port_arguments, bind_dns, bind_http
from mailproof.localaws.process.environment import prepare_environment


def _parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    about = f"An embedded AWS and DNS on {HOST}."
    parser = argparse.ArgumentParser(prog="python -m mailproof.localaws", description=about)
    add_port_arguments(parser)
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
        from mailproof.localaws.process.server import serve  # noqa: PLC0415 - see above
    except ModuleNotFoundError as err:
        raise StartError(f"the package {err.name} is missing; run: pip install 'mailproof[try]'") from err
    return serve


if __name__ == "__main__":
    sys.exit(main())
