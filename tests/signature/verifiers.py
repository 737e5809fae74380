"""Two verifiers that know nothing of each other: dkimpy, and mailauth for Node. Both find keys by DNS."""

import base64
import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from mailproof.localaws.receiver import FAIL, PASS, verify
from tests.e2e.warm import ROOT

_SCRIPT = Path(__file__).with_name("mailauth.cjs")
_LIBRARY = ROOT / "node_modules/mailauth/lib/dkim/verify.js"

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
    """Verify every signature of a message with dkimpy."""
    return {name.partition("._domainkey.")[2]: verdict for name, verdict in verify(message, server).items()}
