"""The control paths below `/_localaws/`, by which tests and scripts set the emulated world up."""

import asyncio
import base64
import dataclasses
import inspect
import json
import os
from collections.abc import Callable
from typing import Any

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
from mailproof.localaws.ses.sending import delivery, message, submission
from mailproof.localaws.upstream import responses

PREFIX = "/_localaws/"


class Controls:
    """
    What a control path does: its last word is the name of an action, a JSON object in the body the arguments.

    Args:
        http_port: Of the AWS endpoint.
        dns_server: Of this emulator.
    """

    def __init__(self, http_port: int, dns_server: DnsServer) -> None:
        self._http_port = http_port
        self._dns_server = dns_server
        self._actions: dict[str, Callable[..., Any]] = {
            "describe": self.describe,
            "set_dns_listener": self._set_dns_listener,
            "open_inbox": self._open_inbox,
            **_ACTIONS,
        }

    def describe(self) -> dict[str, Any]:
        """Return where this emulator listens."""
        return {
            "endpoint": f"http://{HOST}:{self._http_port}",
            "dns": f"{HOST}:{self._dns_server.port}",
            "pid": os.getpid(),
        }

    async def handle(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Return status and answer of a request."""
        if method != "POST":  # others come from pages of other sites without an Origin
            return 405, {"error": f"a control path takes POST, got {method}"}
        try:
            answer = self._bind(path.removeprefix(PREFIX), body)()
            return 200, await answer if inspect.isawaitable(answer) else answer
        except ControlError as err:
            return err.status, {"error": str(err)}
        except ServiceError as err:
            return err.status, {"error": f"{err.code}: {err.message}"}
        except (TypeError, ValueError) as err:
            return 400, {"error": f"the body holds a member of a wrong type: {err}"}

    def _bind(self, name: str, body: bytes) -> Callable[[], Any]:
        """
        Return an action with its arguments.

        Raises:
            ControlError: There is no such action, or it has no such arguments.
        """
        if name not in self._actions:
            raise ControlError(f"no such action: {name}; there are {', '.join(sorted(self._actions))}", status=404)
        action = self._actions[name]
        try:
            arguments = json.loads(body or b"{}")
            bound = inspect.signature(action).bind(**arguments)
        except (TypeError, ValueError) as err:
            raise ControlError(f"{name}: the body is not a JSON object of its arguments: {err}") from err
        return lambda: action(*bound.args, **bound.kwargs)

    async def _open_inbox(self, domain: str, maildir: str, mailauth: str) -> str:
        inbox = await inboxes.open_inbox(domain, maildir, f"{HOST}:{self._dns_server.port}", mailauth)
        return inbox.host

    async def _set_dns_listener(self, *, running: bool) -> None:
        await (self._dns_server.start() if running else self._dns_server.stop())


def _advance_clock(seconds: float) -> float:
    """Set the clock ahead; SES looks at DNS before and after, as it would have in between."""
    if seconds < 0:
        raise ControlError(f"seconds: is not a positive number, got {seconds}")
    status.refresh_all()
    clock.advance(seconds)
    status.refresh_all()
    return clock.now()


def _show_faults() -> list[dict[str, Any]]:
    return [dataclasses.asdict(rule) for rule in rules.rules()]


def _seed_zone(account: str, zone_id: str, name: str) -> list[str]:
    return hosted_zones.name_servers(hosted_zones.seed_zone(account, zone_id, name).zone_id)


def _verify_address(account: str, region: str, address: str) -> None:
    with responses.request_scope(account, region):
        identities.get_identity(address)["VerifiedForSendingStatus"] = True


def _pin_status(account: str, region: str, identity: str, **states: str | None) -> None:
    with responses.request_scope(account, region):
        held = identities.get_identity(identity)
    searches = {"dkim_status": held["DkimSearch"], "mail_from_status": held["MailFromSearch"]}
    if unknown := sorted(states.keys() - searches):
        raise ControlError(f"states: unknown are {', '.join(unknown)}; known are {', '.join(searches)}")
    for name, state in states.items():
        status.pin(searches[name], state)


async def _deliver(account: str, region: str, data: str, *, tracks: bool = False, manages_list: bool = False) -> str:
    """Make over and sign a message as if it was sent, and return it instead."""
    submitted = submission.Submission(base64.b64decode(data), handling=message.Handling(tracks, manages_list))
    with responses.request_scope(account, region):
        accepted = submission.accept(submitted, await ses_api.get_account())
    return base64.b64encode(accepted.as_delivered()).decode()


async def _sent() -> list[dict[str, Any]]:
    """Wait until everything is delivered."""
    return await asyncio.to_thread(delivery.sent)


def _ses_key(account: str, region: str, domain: str) -> dict[str, str]:
    """Return the key with which SES signs for an identity by Easy DKIM."""
    with responses.request_scope(account, region):
        identity = identities.get_identity(domain)
    if identity["EasyDkim"] is None:
        raise ControlError(f"{domain} has no keys of Easy DKIM")
    bits, owner = keys.KEY_LENGTHS[identity["Dkim"]["CurrentKeyLength"]], identity["EasyDkim"]["Tokens"][0]
    return {"private_key": keys.private_key_pem(bits, owner), "p": keys.published_key(bits, owner)}


# The names are those of the methods of `LocalAws`, which sends them.
_ACTIONS: dict[str, Callable[..., Any]] = {
    "add_dns_fault": dns_faults.add,
    "add_fault": rules.add,
    "advance_clock": _advance_clock,
    "calls": calls.counts,
    "clear_dns_faults": dns_faults.clear,
    "clear_faults": rules.clear,
    "deliver": _deliver,
    "faults": _show_faults,
    "pin_status": _pin_status,
    "put_external_zone": dns_zones.put_external_zone,
    "reset_calls": calls.reset,
    "restore_delegation": dns_zones.restore_delegation,
    "seed_zone": _seed_zone,
    "sent": _sent,
    "ses_key": _ses_key,
    "set_delegation": dns_zones.set_delegation,
    "set_region": regions.switch,
    "set_ses_account": ses_account.set_account,
    "set_ses_rate": limit.set_rate,
    "start_watch": watching.start,
    "stop_watch": watching.stop,
    "verify_address": _verify_address,
}
