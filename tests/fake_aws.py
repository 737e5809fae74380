"""An AWS that answers from a table: on a loopback port for whole commands, or boto3 clients without a socket."""

import fnmatch
import functools
import io
import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from urllib3.response import HTTPResponse

from mailproof.live.aws import session
from mailproof.live.aws.pace import THROTTLED

ACCOUNT = "111122223333"
open_session = session._open_session  # noqa: SLF001 -- makes the sessions that are kept
_KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
_OTHER_CREDENTIALS = {"AWS_PROFILE", "AWS_SESSION_TOKEN"}
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")
CALLER = "sts GetCallerIdentity"
_CALLER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{0}:user/w</Arn><UserId>W</UserId>"
    "<Account>{0}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)

Answer = tuple[int, Any] | Callable[[str], tuple[int, Any]] | Exception
"""Status and body; or a function of the request's body; or what the client raises, if there is no socket between."""


def caller(account: str) -> tuple[int, str]:
    """Return an answer of GetCallerIdentity."""
    return 200, _CALLER.format(account)


def identity(domain: str, region: str = "") -> str:
    """Return the key of GetEmailIdentity."""
    return f"{region} ses GET /v2/email/identities/{domain}".strip()


def refused(code: str, status: int = 403, message: str = "") -> tuple[int, dict[str, str]]:
    """Return an error of a service that speaks JSON."""
    return 404 if code == "NotFoundException" else status, {"__type": code, "message": message}


class FakeAws:
    """
    Answers from a table.

    Attributes:
        url: Its endpoint, while it is served.
        answers: ``SERVICE OPERATION``, or ``REGION SERVICE OPERATION``, to an answer; a mapping is sent as JSON.
            An operation is the action of the query protocol, the target of JSON, or else method and path. The first
            key that is equal counts, else the first shell pattern that matches with its region.
        calls: ``REGION SERVICE OPERATION`` of what was asked, in its order.
    """

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Answer] = {CALLER: caller(ACCOUNT)}
        self.calls: list[str] = []

    def reply(self, method: str, url: str, headers: Mapping[str, str], body: str) -> tuple[int, Any]:
        """Answer one request."""
        scope = SCOPE.search(headers.get("Authorization", ""))
        region, service = scope.groups() if scope else ("", "")
        operation = f"{method} {unquote(urlsplit(url).path).rstrip('/')}"
        if target := headers.get("X-Amz-Target"):
            operation = target.rpartition(".")[2]
        elif action := parse_qs(body).get("Action"):
            operation = action[0]
        self.calls.append(f"{region} {service} {operation}")
        answer = self._find(f"{service} {operation}", region)
        if isinstance(answer, Exception):
            raise answer
        return answer(body) if callable(answer) else answer

    def _find(self, operation: str, region: str) -> Answer:
        call = f"{region} {operation}"
        for key in (call, operation):
            if key in self.answers:
                return self.answers[key]
        patterns = (key for key in self.answers if fnmatch.fnmatchcase(call, key))
        return self.answers.get(next(patterns, ""), refused("NotFoundException"))

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Return a boto3 client that is answered without a socket; it does not retry."""
        client = _session().client(
            service,  # type: ignore[call-overload]  # the stubs list each service as a literal
            region_name=region,
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=1),
        )
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        headers = {name: _text(value) for name, value in request.headers.items()}
        status, answer = self.reply(request.method, request.url, headers, _text(request.body or b""))
        data, sent = _encode(answer)
        sent_headers: Any = HeadersDict(sent)  # the stubs know the type of another library alone
        return AWSResponse(request.url, status, sent_headers, HTTPResponse(io.BytesIO(data), preload_content=False))


@functools.cache
def _session() -> boto3.Session:
    """Return one session for all clients: it reads each service's model once."""
    return boto3.Session()


def _text(value: Any) -> str:
    """Return a header or a body as text, as which botocore holds some of them already."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _encode(answer: Any) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of an answer."""
    if not isinstance(answer, dict):
        return answer.encode(), {"Content-Type": "text/xml"}
    error = {"x-amzn-ErrorType": answer["__type"]} if "__type" in answer else {}
    return json.dumps(answer, default=str).encode(), {"Content-Type": "application/json", **error}


class _Server(ThreadingHTTPServer):
    """Serves one AWS after another; a new one on a port of its own would be as good and take longer."""

    aws: FakeAws

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has ended in the middle of a request."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait for an acknowledgement of the headers, 40 ms
    server: _Server

    def do_GET(self) -> None:
        """Answer any request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        try:
            status, answer = self.server.aws.reply(self.command, self.path, dict(self.headers.items()), body)
        except ConnectionError:  # cut off in the middle of an answer
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            return
        data, headers = _encode(answer)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_GET  # noqa: N815 -- the names that http.server calls

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


_free: list[_Server] = []


@contextmanager
def serve(aws: FakeAws) -> Iterator[FakeAws]:
    """Serve on a loopback port."""
    server = _free.pop() if _free else _Server()
    server.aws, aws.url = aws, f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield aws
    finally:
        _free.append(server)


class _KeptSession:
    """A boto3 session that makes one client per service and region."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._lock = threading.Lock()
        self.events = SimpleNamespace(register=functools.cache(session.events.register))
        session.events.register("needs-retry", _forget_if_throttled)

    def client(self, service: Any, *, region_name: str | None, config: Config) -> Any:
        with self._lock:
            if (service, region_name) not in self._clients:
                client = self._session.client(service, region_name=region_name, config=config)
                self._clients[service, region_name] = client
            return self._clients[service, region_name]

    def sign_in(self, key: str, secret: str) -> None:
        """Sign with an access key from now on."""
        credentials: Any = self._session.get_credentials()  # which the stubs take for frozen
        credentials.access_key, credentials.secret_key = key, secret


def keep_clients(patch: pytest.MonkeyPatch) -> None:
    """Let commands that run in the same surroundings share their clients: to make them takes longer than to ask."""
    patch.setattr(session, "_open_session", _keep)


def forget_clients() -> None:
    """Have commands make clients of their own from now on, to share those."""
    _kept.cache_clear()


def _keep(profile: str | None = None, **credentials: str) -> _KeptSession:
    given = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if profile or credentials or _OTHER_CREDENTIALS & given.keys() or not given.keys() >= _KEYS:
        return _kept(frozenset(given.items()), profile, **credentials)
    keys = (given.pop("AWS_ACCESS_KEY_ID"), given.pop("AWS_SECRET_ACCESS_KEY"))
    kept = _kept(frozenset(given.items()), None)
    kept.sign_in(*keys)
    return kept


@functools.lru_cache(maxsize=8)
def _kept(_: Any, profile: str | None, **credentials: str) -> _KeptSession:
    return _KeptSession(open_session(profile, **credentials))


def _forget_if_throttled(response: tuple[Any, Mapping[str, Any]] | None, **_: Any) -> None:
    """Leave clients that were throttled, which are slow from then on, to those who have them."""
    if response and response[1].get("Error", {}).get("Code") in THROTTLED:
        forget_clients()
