"""The process: binds the ports, puts the hooks in, serves until it is told to end."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys

import uvicorn

from mailproof.localaws.dns.server import DnsServer
from mailproof.localaws.ports import DnsSockets
from mailproof.localaws.process import hooks
from mailproof.localaws.process.control import Controls
from mailproof.localaws.process.gateway import Gateway
from mailproof.localaws.ses import limit

# Longer than botocore keeps an idle connection, so that no client writes into one that is just being closed.
_KEEP_ALIVE_S = 75
_GRACEFUL_S = 1
_PARENT_POLL_S = 0.5
_GC_THRESHOLD = 50_000  # objects


def serve(listener: socket.socket, dns_sockets: DnsSockets, parent: int | None, ses_rate: float) -> None:
    """
    Serve on ports that are bound already, until SIGTERM, SIGINT or the end of the process `parent`.

    Args:
        listener: Of the AWS endpoint.
        dns_sockets: Of the DNS server.
        parent: Id of the process with which this one ends; None for none.
        ses_rate: Requests to SES a second in a region; 0 for no limit.

    Raises:
        StartError: ministack is not the version that localaws hooks into.
    """
    hooks.check_upstream()
    hooks.install()
    limit.start_with(ses_rate)
    # What is loaded by now stays, and what comes is let go of soon: to look for cycles took a tenth of the time.
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    # ministack's root level hides the errors of its services; those of the loop would be ours.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    asyncio.run(_serve(listener, DnsServer(dns_sockets), parent))


async def _serve(listener: socket.socket, dns_server: DnsServer, parent: int | None) -> None:
    controls = Controls(listener.getsockname()[1], dns_server)
    await dns_server.start()
    server = uvicorn.Server(_build_config(Gateway(controls, lambda: _announce(controls))))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)  # the server raises it once more when it is done
    watch = asyncio.create_task(_watch_parent(parent, server)) if parent else None
    await server.serve([listener])
    if watch:
        watch.cancel()
    await dns_server.stop()


def _build_config(gateway: Gateway) -> uvicorn.Config:
    return uvicorn.Config(
        gateway,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACEFUL_S,
        # ministack sets the date of an answer itself.
        date_header=False,
        server_header=False,
    )


def _announce(controls: Controls) -> None:
    where = controls.describe()
    print(json.dumps(where), flush=True)  # noqa: T201 - the one line on stdout is the interface
    print(f"localaws: AWS at {where['endpoint']}, DNS at {where['dns']}; end it with Ctrl-C", file=sys.stderr)  # noqa: T201 - for people


async def _watch_parent(parent: int, server: uvicorn.Server) -> None:
    is_child = os.getppid() == parent
    # Another process can only be asked again and again.
    while _is_alive(parent) and (not is_child or os.getppid() == parent):  # noqa: ASYNC110
        await asyncio.sleep(_PARENT_POLL_S)
    server.should_exit = True


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
