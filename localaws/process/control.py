"""The control paths below `/_localaws/`, by which tests and scripts set the emulated world up."""

import asyncio
import base64
import dataclasses
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from mailproof.localaws import clock
from mailproof.localaws.dns import zones as dns_zones
from mailproof.localaws.dns.server import DnsServer
from mailproof.localaws.errors import ControlError, ServiceError
from mailproof.localaws.faults import dns as dns_faults
from mailproof.localaws.faults import regions, rules
from mailproof.localaws.inbox import inboxes
from mailproof.localaws.ports import HOST
from mailproof.localaws.process import calls, watching
from mailproof.localaws.route53 import hosted_zones
from mailproof.localaws.ses import account as ses_account
from mailproof.localaws.ses import api as ses_api
from mailproof.localaws.ses import identities, keys, limit, status
from mailproof.localaws.ses.sending import delivery, message, quota, submission
from mailproof.localaws.upstream import application, responses

PREFIX = "/_localaws/"


@dataclasses.dataclass(frozen=True)
class Request:
    """One request to a control path."""

    name: str
    query: dict[str, str]
    body: bytes

    def members(self, *allowed: str) -> dict[str, Any]:
        """
        Return the members of a JSON body.

        Raises:
            ControlError: It is not a JSON object, or has members that are not allowed.
        """
        try:
            data = json.loads(self.body or b"{}")
        except ValueError as err:
            raise ControlError(f"the body is not JSON: {err}") from err
        if not isinstance(data, dict):
            raise ControlError(f"the body is not a JSON object, got {type(data).__name__}")
        unknown = sorted(set(data) - set(allowed))
        if unknown:
            raise ControlError(f"the body has unknown members {', '.join(unknown)}; known are {', '.join(allowed)}")
        return data


Answer = dict[str, Any]
Handler = Callable[[Request], Awaitable[Answer] | Answer]


class Controls:
    """The control paths: method and first words of the path, and what is done."""

    def __init__(self, http_port: int, dns_server: DnsServer) -> None:
        """Control this emulator."""
        self._http_port = http_port
        self._dns_server = dns_server
        self._routes: dict[tuple[str, str], Handler] = {
            ("GET", "health"): lambda _request: self.describe(),
            ("POST", "reset"): self._reset,
            ("PUT", "dns/listener"): self._set_listener,
            ("PUT", "inboxes/"): self._open_inbox,
            **_ROUTES,
        }

    def describe(self) -> Answer:
        """Return where this emulator listens."""
        return {
            "endpoint": f"http://{HOST}:{self._http_port}",
            "dns": f"{HOST}:{self._dns_server.port}",
            "pid": os.getpid(),
        }

    async def handle(self, method: str, path: str, query: str, body: bytes) -> tuple[int, Answer]:
        """Return status and answer of a request."""
        words = path.removeprefix(PREFIX).rstrip("/")
        route, name = self._find(method, words)
        if route is None:
            known = sorted({f"{verb} {PREFIX}{name}" for verb, name in self._routes})
            return 404, {"error": f"no such control path: {method} {path}", "known": known}
        try:
            answer = route(Request(unquote(name), dict(parse_qsl(query)), body))
            return 200, answer if isinstance(answer, dict) else await answer
        except ControlError as err:
            return err.status, {"error": str(err)}
        except ServiceError as err:
            return err.status, {"error": f"{err.code}: {err.message}"}
        except (KeyError, TypeError, ValueError) as err:
            return 400, {"error": f"the body lacks a member or holds one of a wrong type: {err}"}

    def _find(self, method: str, words: str) -> tuple[Handler | None, str]:
        """Return the handler of a path, and the last word where the path names something."""
        if (method, words) in self._routes:
            return self._routes[method, words], ""
        route, _, name = words.rpartition("/")
        return self._routes.get((method, f"{route}/")), name

    async def _reset(self, _request: Request) -> Answer:
        """Forget everything: all accounts, zones, faults, the clock."""
        async with application._get_reset_lock():
            await asyncio.to_thread(application._reset_all_state)
        for forget in _FORGET:
            forget()
        await self._dns_server.start()
        return {"reset": "ok"}

    async def _open_inbox(self, request: Request) -> Answer:
        data = request.members("maildir", "mailauth")
        dns = f"{HOST}:{self._dns_server.port}"
        inbox = await inboxes.open_inbox(request.name, str(data["maildir"]), dns, str(data["mailauth"]))
        return {"smtp": f"{HOST}:{inbox.port}", "host": inbox.host}

    async def _set_listener(self, request: Request) -> Answer:
        running = bool(request.members("running")["running"])
        await (self._dns_server.start() if running else self._dns_server.stop())
        return {"running": self._dns_server.running}


_FORGET: tuple[Callable[[], None], ...] = (
    calls.reset,
    clock.reset,
    delivery.forget,
    dns_faults.clear,
    dns_zones.reset,
    rules.clear,
    hosted_zones.reset,
    inboxes.close_all,
    limit.reset,
    quota.reset,
    regions.reset,
    ses_account.reset,
    watching.reset,
)


def _advance_clock(request: Request) -> Answer:
    """Set the clock ahead; SES looks at DNS before and after, as it would have in between."""
    seconds = float(request.members("advance_s")["advance_s"])
    if seconds < 0:
        raise ControlError(f"advance_s: is not a positive number of seconds, got {seconds}")
    status.refresh_all()
    clock.advance(seconds)
    status.refresh_all()
    return {"now": clock.now()}


def _add_fault(request: Request) -> Answer:
    known = [member.name for member in dataclasses.fields(rules.FaultRule) if member.name not in ("number", "hits")]
    rule = rules.FaultRule(**request.members(*known))
    rules.add(rule)
    return dataclasses.asdict(rule)


def _show_faults(_request: Request) -> Answer:
    return {"faults": [dataclasses.asdict(rule) for rule in rules.rules()]}


def _clear_faults(_request: Request) -> Answer:
    rules.clear()
    return {}


def _show_calls(request: Request) -> Answer:
    return calls.counts(request.query.get("account"))


def _reset_calls(_request: Request) -> Answer:
    calls.reset()
    return {}


def _seed_zone(request: Request) -> Answer:
    data = request.members("account", "id", "name")
    zone = hosted_zones.seed_zone(str(data["account"]), str(data["id"]), str(data["name"]))
    return {"id": zone.zone_id, "name": zone.name, "name_servers": hosted_zones.name_servers(zone.zone_id)}


def _put_external_zone(request: Request) -> Answer:
    dns_zones.put_external_zone(request.name, request.body.decode("utf-8"))
    return {}


def _set_delegation(request: Request) -> Answer:
    known = [member.name for member in dataclasses.fields(dns_zones.Delegation)]
    dns_zones.set_delegation(request.name, dns_zones.Delegation(**request.members(*known)))
    return {}


def _restore_delegation(request: Request) -> Answer:
    dns_zones.restore_delegation(request.name)
    return {}


def _add_dns_fault(request: Request) -> Answer:
    known = [member.name for member in dataclasses.fields(dns_faults.DnsFault)]
    dns_faults.add(dns_faults.DnsFault(**request.members(*known)))
    return {}


def _clear_dns_faults(_request: Request) -> Answer:
    dns_faults.clear()
    return {}


def _set_region(request: Request) -> Answer:
    data = request.members("opted_in", "account")
    regions.set_open(request.name, is_open=bool(data["opted_in"]), account=str(data.get("account", "*")))
    return {}


def _set_ses_account(request: Request) -> Answer:
    data = request.members("account", "region", "members")
    ses_account.set_account(str(data["account"]), str(data["region"]), data["members"])
    return {}


def _set_ses_rate(request: Request) -> Answer:
    data = request.members("account", "rate")
    limit.set_rate(str(data["account"]), float(data["rate"]))
    return {}


def _set_ses_identity(request: Request) -> Answer:
    data = request.members("account", "region", "verified", "dkim_status", "mail_from_status", "error_type")
    with responses.request_scope(str(data["account"]), str(data["region"])):
        identity = identities.get_identity(request.name)
    if "verified" in data:
        identity["VerifiedForSendingStatus"] = bool(data["verified"])
    for member, search in (
        ("dkim_status", identity["DkimSearch"]),
        ("mail_from_status", identity["MailFromSearch"]),
    ):
        if member in data:
            status.pin(search, data[member], str(data.get("error_type", "")))
    return {}


async def _pass_message(request: Request) -> Answer:
    """Make over and sign a message as if it was sent, and return it instead."""
    data = request.members("account", "region", "message", "tracks", "manages_list")
    handling = message.Handling(bool(data.get("tracks")), bool(data.get("manages_list")))
    submitted = submission.Submission(base64.b64decode(data["message"]), handling=handling)
    with responses.request_scope(str(data["account"]), str(data["region"])):
        accepted = submission.accept(submitted, await ses_api.get_account())
    return {"message": base64.b64encode(accepted.as_delivered()).decode()}


async def _show_sent(_request: Request) -> Answer:
    """Wait until everything is delivered."""
    return {"sent": await asyncio.to_thread(delivery.sent)}


def _show_ses_key(request: Request) -> Answer:
    """Return the key with which SES signs for an identity by Easy DKIM."""
    with responses.request_scope(request.query["account"], request.query["region"]):
        identity = identities.get_identity(request.name)
    if identity["EasyDkim"] is None:
        raise ControlError(f"{request.name} has no keys of Easy DKIM")
    bits, owner = keys.KEY_LENGTHS[identity["Dkim"]["CurrentKeyLength"]], identity["EasyDkim"]["Tokens"][0]
    return {"private_key": keys.private_key_pem(bits, owner), "p": keys.published_key(bits, owner)}


def _start_watch(request: Request) -> Answer:
    watching.start(request.name)
    return {}


def _stop_watch(request: Request) -> Answer:
    return {"log": watching.stop(request.name)}


# A path that ends in a slash takes a name after it.
_ROUTES: dict[tuple[str, str], Handler] = {
    ("POST", "clock"): _advance_clock,
    ("POST", "faults"): _add_fault,
    ("GET", "faults"): _show_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "calls"): _show_calls,
    ("DELETE", "calls"): _reset_calls,
    ("PUT", "zones"): _seed_zone,
    ("PUT", "dns/zones/"): _put_external_zone,
    ("PUT", "dns/delegations/"): _set_delegation,
    ("DELETE", "dns/delegations/"): _restore_delegation,
    ("POST", "dns/faults"): _add_dns_fault,
    ("DELETE", "dns/faults"): _clear_dns_faults,
    ("PUT", "regions/"): _set_region,
    ("PUT", "ses/account"): _set_ses_account,
    ("PUT", "ses/rate"): _set_ses_rate,
    ("PUT", "ses/identities/"): _set_ses_identity,
    ("GET", "ses/keys/"): _show_ses_key,
    ("PUT", "watches/"): _start_watch,
    ("DELETE", "watches/"): _stop_watch,
    ("POST", "ses/messages"): _pass_message,
    ("GET", "ses/sent"): _show_sent,
}
