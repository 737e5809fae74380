"""`python -m mailproof.localaws`: start the embedded AWS."""

import argparse
import socket
import sys
from collections.abc import Callable

from mailproof.localaws.errors import StartError
from mailproof.localaws.ports import HOST, DnsSockets, add_port_arguments, bind_dns, bind_http
from mailproof.localaws.process.environment import prepare_environment

_HIGHEST_RATE = 1000.0


def _parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    about = f"An embedded AWS and DNS on {HOST}."
    parser = argparse.ArgumentParser(prog="python -m mailproof.localaws", description=about)
    add_port_arguments(parser)
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process ends")
    parser.add_argument(
        "--ses-rate", type=_rate, default=0.0, metavar="N", help="requests to SES a second and region (default: all)"
    )
    return parser.parse_args(arguments)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= _HIGHEST_RATE:
        raise argparse.ArgumentTypeError(f"is not a number of requests per second, got {text!r}")
    return rate


def main(arguments: list[str] | None = None) -> int:
    """Run the emulator until it is told to end; the exit code is 0, or 2 if it could not start."""
    options = _parse_arguments(arguments)
    try:
        listener = bind_http(options.port)
        dns_sockets = bind_dns(options.dns_port)
        prepare_environment(listener.getsockname()[1])
        _load_server()(listener, dns_sockets, options.parent, options.ses_rate)
    except StartError as err:
        print(f"localaws: {err}", file=sys.stderr)  # noqa: T201 - the one sentence for people
        return 2
    return 0


def _load_server() -> Callable[[socket.socket, DnsSockets, int | None, float], None]:
    """Import what imports ministack, which reads the environment meanwhile."""
    try:
        from mailproof.localaws.process.server import serve  # noqa: PLC0415 - see above
    except ModuleNotFoundError as err:
        raise StartError(f"the package {err.name} is missing; run: pip install 'mailproof[try]'") from err
    return serve


if __name__ == "__main__":
    sys.exit(main())
