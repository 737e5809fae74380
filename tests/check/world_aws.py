"""Clients for SES and Route 53 that answer from a world, as boto3's would: the same methods, the same errors."""

from collections.abc import Mapping
from typing import Any

import dns.name
import dns.zone
from botocore.exceptions import ClientError, EndpointConnectionError

CODES = {
    "access-denied": "AccessDeniedException",
    "throttled": "TooManyRequestsException",
    "region-disabled": "UnrecognizedClientException",
}
ACCOUNT = {
    "EnforcementStatus": "HEALTHY",
    "ProductionAccessEnabled": True,
    "SendingEnabled": True,
    "SendQuota": {"Max24HourSend": 50000.0},
}
PAGE = 2  # a reader has to page


def error(code: str, operation: str) -> ClientError:
    """Build what boto3 raises for an error code."""
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


class WorldSes:
    """
    SES in one region.

    Args:
        state: What the world says of the region.

    Attributes:
        calls: Operations called, in their order.
    """

    def __init__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {}
        self.fault = state if isinstance(state, str) else None
        self.calls: list[str] = []

    def get_account(self) -> dict[str, Any]:
        """Answer GetAccount."""
        self._enter("GetAccount")
        return {**ACCOUNT, **(self.state.get("account") or {})}

    def list_email_identities(self, **options: Any) -> dict[str, Any]:
        """Answer ListEmailIdentities."""
        self._enter("ListEmailIdentities")
        names, start = list(self._identities()), int(options.get("NextToken") or 0)
        more = {"NextToken": str(start + PAGE)} if start + PAGE < len(names) else {}
        return {"EmailIdentities": [{"IdentityName": name} for name in names[start : start + PAGE]], **more}

    def get_email_identity(self, **options: Any) -> dict[str, Any]:
        """Answer GetEmailIdentity."""
        return self._named("GetEmailIdentity", options["EmailIdentity"], self._identities())

    def get_configuration_set(self, **options: Any) -> dict[str, Any]:
        """Answer GetConfigurationSet."""
        name = options["ConfigurationSetName"]
        return self._named("GetConfigurationSet", name, self.state.get("configuration_sets") or {})

    def _identities(self) -> Mapping[str, Any]:
        return self.state.get("identities") or {}

    def _named(self, operation: str, name: str, known: Mapping[str, Any]) -> dict[str, Any]:
        self._enter(operation, name.lower())
        for key, value in known.items():
            if key.lower() == name.lower():
                return dict(value or {})
        raise error("NotFoundException", operation)

    def _enter(self, operation: str, argument: str = "") -> None:
        self.calls.append(f"{operation} {argument}".strip())
        faults = self.state.get("faults") or {}
        fault = self.fault or faults.get(f"{operation} {argument}") or faults.get(operation)
        if fault == "unreachable":
            raise EndpointConnectionError(endpoint_url="https://email.example")
        if fault and not fault.endswith("-once"):  # boto3 itself asks again
            raise error(CODES[fault], operation)


class WorldRoute53:
    """
    Route 53 of the environment's account.

    Args:
        world: The world.
        environment: What its environment file holds.
        zones: Live zones, by origin.
    """

    def __init__(self, world: Mapping[str, Any], environment: Mapping[str, Any], zones: Mapping[Any, Any]) -> None:
        self.state = world.get("route53") or {}
        self.names = {z["id"]: name for name, z in environment["zones"].items() if isinstance(z, dict)}
        self.zones = zones

    def get_hosted_zone(self, **options: Any) -> dict[str, Any]:
        """Answer GetHostedZone."""
        if self.state == "access-denied":
            raise error("AccessDenied", "GetHostedZone")
        name = self.names[options["Id"]]
        own = self.state.get(name, {}).get("zone")
        zone = self.zones.get(dns.name.from_text(name))
        if own is not None:
            zone = dns.zone.from_text(own, name, relativize=False)
        servers = [ns.target.to_text() for ns in zone.get_rdataset(zone.origin, "NS")] if zone else ["ns-0.example."]
        return {"DelegationSet": {"NameServers": [server.removesuffix(".") for server in servers]}}
