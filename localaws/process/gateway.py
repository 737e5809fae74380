"""The HTTP front: control paths, faults and regions that are switched off, and ministack behind them."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from xml.sax.saxutils import escape

from localaws.cloudformation.stack_outputs import check_role
from localaws.errors import ServiceError
from localaws.faults import regions, rules
from localaws.process import calls, control
from localaws.process.calls import Call
from localaws.upstream import application

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_JSON_SERVICES = frozenset({"sesv2", "ssm"})
_UPSTREAM_RESET = "/_ministack/reset"


class Gateway:
    """The ASGI application."""

    def __init__(self, controls: control.Controls, started: Callable[[], None]) -> None:
        """Serve these control paths; `started` is called once requests are served."""
        self._controls = controls
        self._started = started

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """
        Start and stop without ministack's own start-up.

        That runs scripts from fixed folders, looks for containers and starts schedulers; a stack deploy needs its
        event loop only.
        """
        await receive()
        application._MAIN_LOOP = asyncio.get_running_loop()
        await send({"type": "lifespan.startup.complete"})
        self._started()
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        path, method = scope["path"], scope["method"]
        if path == _UPSTREAM_RESET or path.startswith(control.PREFIX):
            path = control.PREFIX + "reset" if path == _UPSTREAM_RESET else path
            status, answer = await self._controls.handle(method, path, scope["query_string"].decode(), body)
            await _send(send, status, "application/json", json.dumps(answer).encode())
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        call = calls.read_call(method, path, scope["query_string"].decode(), headers, body)
        problem = await _find_problem(call) if call else None
        if call and problem:
            await _send(send, problem.status, *_build_error(call, problem))
        else:
            await application.app(scope, _replay(body, receive), send)


async def _find_problem(call: Call) -> ServiceError | None:
    """Count the call, wait if a fault rule asks for it, and return the error of a call that is refused."""
    calls.count(call)
    if not regions.is_open(call.service, call.region, call.account):
        code = "UnrecognizedClientException" if call.service in _JSON_SERVICES else "InvalidClientTokenId"
        return ServiceError(code, "The security token included in the request is invalid.", status=403)
    rule = rules.take_for_call(call.service, call.operation, call.account, call.region, call.targets)
    if rule is not None:
        await asyncio.sleep(rule.delay_s)
        if rule.code:
            return ServiceError(rule.code, rule.message, status=rule.http_status())
    return _find_refused_role(call)


def _find_refused_role(call: Call) -> ServiceError | None:
    """Return why a role cannot be assumed: AWS asks its trust policy, ministack does not."""
    if (call.service, call.operation) != ("sts", "AssumeRole"):
        return None
    role_arn = next((target for target in call.targets if ":role/" in target), "")
    try:
        check_role(role_arn, call.account)
    except ServiceError as err:
        return err
    return None


def _build_error(call: Call, problem: ServiceError) -> tuple[str, bytes, dict[str, str]]:
    """Return content type, body and headers of an error, in the form of the service's protocol."""
    if call.service in _JSON_SERVICES:
        answer = {"__type": problem.code, "message": problem.message}
        return "application/x-amz-json-1.1", json.dumps(answer).encode(), {"x-amzn-errortype": problem.code}
    detail = f"<Code>{escape(problem.code)}</Code><Message>{escape(problem.message)}</Message>"
    request = f"<RequestId>{uuid.uuid4()}</RequestId>"
    if call.service == "s3":
        return "application/xml", f"<Error>{detail}{request}</Error>".encode(), {}
    text = f"<ErrorResponse><Error><Type>Sender</Type>{detail}</Error>{request}</ErrorResponse>"
    return "text/xml", text.encode(), {}


async def _read_body(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body again and then waits, as the server's own does."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> dict[str, Any]:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _send(send: Send, status: int, content_type: str, body: bytes, extra: dict[str, str] | None = None) -> None:
    headers = {"content-type": content_type, "content-length": str(len(body)), **(extra or {})}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
