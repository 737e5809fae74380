"""Two verifiers that know nothing of each other: dkimpy, and mailauth for Node. Both find keys by DNS."""

import base64
import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dkim  # type: ignore[import-untyped]  # has no annotations
import dns.message
import dns.query
import dns.resolver

from tests.e2e.warm import ROOT

_SCRIPT = Path(__file__).with_name("mailauth.cjs")
_LIBRARY = ROOT / "node_modules/mailauth/lib/dkim/verify.js"

PASS, FAIL = "pass", "fail"
SHORTEST_KEY_BITS = 2048
_TIMEOUT_S = 5.0

Verdicts = dict[str, str]
"""Domain of a signature to what a verifier says of it."""


class Mailauth:
    """mailauth in one process of Node, for one message after the other."""

    def __init__(self) -> None:
        command = [os.environ.get("JSII_NODE") or "node", str(_SCRIPT), str(_LIBRARY)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def verify(self, message: bytes, server: str) -> Verdicts:
        """Verify every signature of a message."""
        assert self._process.stdin
        assert self._process.stdout
        request = {"message": base64.b64encode(message).decode(), "dns": server}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        return {each["domain"]: PASS if each["result"] == "pass" else FAIL for each in found}

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def mailauth() -> Iterator[Mailauth]:
    """Start mailauth."""
    with contextlib.closing(Mailauth()) as verifier:
        yield verifier


def dkimpy(message: bytes, server: str) -> Verdicts:
    """
    Verify every signature of a message with dkimpy.

    Args:
        message: As it arrived.
        server: `host:port` of the DNS server to ask.

    Returns:
        Domain of each signature to ``pass`` or ``fail``.
    """
    host, _, port = server.partition(":")

    def fetch(name: bytes, timeout: float = _TIMEOUT_S) -> bytes | None:
        query = dns.message.make_query(name.decode(), "TXT")
        response, _ = dns.query.udp_with_fallback(query, host, port=int(port), timeout=timeout)
        try:
            found = response.resolve_chaining().answer  # type: ignore[attr-defined]  # a query's response is one
        except dns.resolver.NXDOMAIN:
            return None
        return b"".join(found[0].strings) if found else None

    verdicts = {}
    parsed = dkim.DKIM(message, minkey=SHORTEST_KEY_BITS)
    values = [value for name, value in parsed.headers if name.lower() == b"dkim-signature"]
    for index, value in enumerate(values):
        tags = dkim.util.parse_tag_value(value)
        try:
            is_right = parsed.verify(index, dnsfunc=fetch)
        except dkim.DKIMException:
            is_right = False
        verdicts[tags[b"d"].decode()] = PASS if is_right else FAIL
    return verdicts
