"""mailauth (npm), which judges mail as a receiver does: SPF, DKIM, DMARC. It shares nothing with mailproof."""

import asyncio
import base64
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from mailproof.localaws.errors import ControlError

_SCRIPT = Path(__file__).with_name("mailauth.cjs")
_LINE_LIMIT_BYTES = 64 * 1024 * 1024


class Mailauth:
    """A process of Node that judges one message after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lock = asyncio.Lock()

    @classmethod
    async def start(cls, package: str, dns: str) -> "Mailauth":
        """
        Start it.

        Args:
            package: Folder of the npm package.
            dns: `host:port` of the DNS server to ask.
        """
        pipe = asyncio.subprocess.PIPE
        # Node comes with the requirements, in the folder of this Python; one of the system may be too old.
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
        node = os.environ.get("JSII_NODE") or shutil.which("node", path=path) or "node"
        command = (node, str(_SCRIPT), package, dns)
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=_LINE_LIMIT_BYTES))

    async def judge(self, message: bytes, peer: dict[str, Any]) -> bytes:
        """Return the headers that a receiver puts in front: Authentication-Results and others."""
        assert self._process.stdin  # noqa: S101 -- asked for
        assert self._process.stdout  # noqa: S101 -- asked for
        async with self._lock:
            request = json.dumps({"message": base64.b64encode(message).decode(), **peer})
            self._process.stdin.write(request.encode() + b"\n")
            if not (line := await self._process.stdout.readline()):
                raise ControlError(f"mailauth has ended with exit code {await self._process.wait()}")
            headers: str = json.loads(line)["headers"]
        return headers.encode()

    @property
    def has_ended(self) -> bool:
        """Tell whether there is no such process any more."""
        return self._process.returncode is not None
