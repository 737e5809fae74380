"""The HTTP front: refusals, control paths, faults and regions that are switched off, and ministack behind them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from mailproof.localaws.cloudformation.stack_outputs import check_role
from mailproof.localaws.errors import ControlError, ServiceError
from mailproof.localaws.faults import regions, rules
from mailproof.localaws.process import calls, control, modelled, watching
from mailproof.localaws.process.browsers import check_sender, without_cors
from mailproof.localaws.process.calls import Call
from mailproof.localaws.process.protocols import HttpAnswer, build_error
from mailproof.localaws.ses import limit
from mailproof.localaws.upstream import application

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_UPSTREAM_PREFIX = "/_ministack/"  # of control paths that know nothing of what localaws keeps
_WATCHED_SERVICES = frozenset({"route53", "ses", "sesv2"})


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
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            check_sender(headers)
        except ControlError as err:
            await _send(send, _json(err.status, {"error": str(err)}))
            return
        if path.startswith(control.PREFIX):
            status, answer = await self._controls.handle(method, path, body)
            watching.look(path)
            await _send(send, _json(status, answer))
            return
        if path.startswith(_UPSTREAM_PREFIX):
            await _send(send, _json(HTTPStatus.NOT_FOUND, {"error": f"localaws has no path {path}"}))
            return
        call = calls.read_call(method, path, scope["query_string"].decode(), headers, body)
        problem = await _find_problem(call) if call else None
        if call and problem:
            await _send(send, build_error(call.protocol, call.service, problem))
        else:
            await application.app(scope, _replay(body, receive), _Outgoing(send, call))
            if call and call.service in _WATCHED_SERVICES and method != "GET":
                watching.look(f"{call.service} {call.operation}")


async def _find_problem(call: Call) -> ServiceError | None:
    """Count the call, wait if a fault rule asks for it, and return the error of a call that is refused."""
    calls.count(call)
    if not regions.is_open(call.service, call.region, call.account):
        code = "UnrecognizedClientException" if "json" in call.protocol else "InvalidClientTokenId"
        return ServiceError(code, "The security token included in the request is invalid.", status=403)
    if not limit.allows(call.service, call.operation, call.account, call.region):
        code = "TooManyRequestsException" if "json" in call.protocol else "Throttling"
        return ServiceError(code, "Rate exceeded", status=HTTPStatus.TOO_MANY_REQUESTS)
    if unmodelled := modelled.find_unmodelled(call):
        return unmodelled
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


class _Outgoing:
    """
    Sends an answer of ministack on: without CORS headers, and with our words where it does not know an operation.

    Args:
        send: Sends to the client.
        call: What is answered, if it is a call to a service.
    """

    def __init__(self, send: Send, call: Call | None) -> None:
        self._send = send
        self._call = call if call and modelled.is_left_to_ministack(call) else None
        self._held: list[dict[str, Any]] = []

    async def __call__(self, message: dict[str, Any]) -> None:
        """Send a message, or hold it until it is known what the answer is."""
        if message["type"] == "http.response.start":
            message = {**message, "headers": without_cors(message["headers"])}
        if self._call and (self._held or message.get("status") == HTTPStatus.BAD_REQUEST):
            self._held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await self._release(self._call)
        else:
            await self._send(message)

    async def _release(self, call: Call) -> None:
        if modelled.is_refusal(b"".join(message.get("body", b"") for message in self._held)):
            await _send(self._send, build_error(call.protocol, call.service, modelled.refuse_operation(call)))
        else:
            for message in self._held:
                await self._send(message)


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


def _json(status: int, answer: Any) -> HttpAnswer:
    return HttpAnswer(status, {"content-type": "application/json"}, json.dumps(answer).encode())


async def _send(send: Send, answer: HttpAnswer) -> None:
    headers = {"content-length": str(len(answer.body)), **answer.headers}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": answer.body})
