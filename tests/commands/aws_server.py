"""An AWS for tests of commands: one loopback port that answers boto3 from a table."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ACCOUNT = "111122223333"
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")
NOT_FOUND = (404, {"__type": "NotFoundException", "message": "not found"})
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{0}:user/w</Arn><UserId>W</UserId>"
    "<Account>{0}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class AwsServer:
    """
    Answers from a table.

    Attributes:
        url: Its endpoint.
        answers: ``SERVICE OPERATION``, or ``REGION SERVICE OPERATION``, to status and body; a mapping is sent as JSON.
            An operation is the action of the query protocol, the target of JSON, or else method and path.
        calls: What was asked, in its order.
    """

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, tuple[int, Any]] = {"sts GetCallerIdentity": (200, IDENTITY.format(ACCOUNT))}
        self.calls: list[str] = []

    def reply(self, method: str, path: str, headers: Mapping[str, str], body: str) -> tuple[int, Any]:
        """Answer one request."""
        scope = SCOPE.search(headers.get("Authorization", ""))
        region, service = scope.groups() if scope else ("", "")
        operation = f"{method} {unquote(urlsplit(path).path).rstrip('/')}"
        if target := headers.get("X-Amz-Target"):
            operation = target.rpartition(".")[2]
        elif action := parse_qs(body).get("Action"):
            operation = action[0]
        self.calls.append(f"{region} {service} {operation}")
        for key in (f"{region} {service} {operation}", f"{service} {operation}"):
            if key in self.answers:
                return self.answers[key]
        return NOT_FOUND


@contextmanager
def aws_server() -> Iterator[AwsServer]:
    """Serve on a loopback port."""
    aws = AwsServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            status, answer = aws.reply(self.command, self.path, dict(self.headers.items()), body)
            is_json = isinstance(answer, dict)
            data = (json.dumps(answer) if is_json else answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if is_json else "text/xml")
            if is_json and "__type" in answer:
                self.send_header("x-amzn-ErrorType", answer["__type"])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_GET  # noqa: N815 -- the names that http.server calls

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        aws.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield aws
        finally:
            server.shutdown()
