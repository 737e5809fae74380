"""A few answers of SES and STS on a loopback socket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

CALLER = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>arn:aws:iam::{0}:user/test</Arn><UserId>AIDA</UserId><Account>{0}</Account></GetCallerIdentityResult>"
    "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)
IDENTITIES = "/v2/email/identities/"
DENIED = 403
FOUND = 200
NOT_FOUND = 404


class SesServer(ThreadingHTTPServer):
    """
    Answers GetEmailIdentity and GetCallerIdentity.

    Attributes:
        identities: (region, domain) to DkimAttributes, or to an error code.
        account: Account of the credentials; None refuses to say.
        asked: What was asked for: "sts", or (region, domain).
    """

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.identities: dict[tuple[str, str], dict[str, Any] | str] = {}
        self.account: str | None = "111122223333"
        self.asked: list[str | tuple[str, str]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: SesServer

    def do_GET(self) -> None:
        """Answer GetEmailIdentity."""
        region = self.headers["Authorization"].split("/")[2]
        domain = unquote(self.path.removeprefix(IDENTITIES))
        self.server.asked.append((region, domain))
        answer = self.server.identities.get((region, domain), "NotFoundException")
        if isinstance(answer, str):
            status = NOT_FOUND if answer == "NotFoundException" else DENIED
            self._send(status, json.dumps({"message": answer}), {"x-amzn-ErrorType": answer})
        else:
            self._send(FOUND, json.dumps({"DkimAttributes": answer}), {})

    def do_POST(self) -> None:
        """Answer GetCallerIdentity."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append("sts")
        if self.server.account is None:
            self._send(DENIED, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", {})
        else:
            self._send(FOUND, CALLER.format(self.server.account), {})

    def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@contextmanager
def ses_server() -> Iterator[SesServer]:
    """Serve until the end of the block."""
    server = SesServer()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def easy_dkim(domain: str, region: str, host: str = "dkim.amazonses.com") -> dict[str, Any]:
    """Make the DkimAttributes of an identity with Easy DKIM."""
    stem = f"{domain}{region}".replace(".", "").replace("-", "")
    return {
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": [f"{stem}{number}" for number in (1, 2, 3)],
        "SigningAttributesOrigin": "AWS_SES",
        "SigningHostedZone": host,
    }
