"""Provision and prove authenticated e-mail sending domains on Amazon SES."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailproof.constructs_lib import DomainRecords, HostedZoneReference, SendingDomain
    from mailproof.model.dmarc import Dmarc, DmarcPolicy
    from mailproof.model.own_key import OwnKey
    from mailproof.signature import Sending, SigningKey, fetch_sending, fetch_signing_key, sign

__all__ = [
    "Dmarc",
    "DmarcPolicy",
    "DomainRecords",
    "HostedZoneReference",
    "OwnKey",
    "Sending",
    "SendingDomain",
    "SigningKey",
    "fetch_sending",
    "fetch_signing_key",
    "sign",
]

_WITHOUT_CDK = {
    **dict.fromkeys(("Dmarc", "DmarcPolicy"), "mailproof.model.dmarc"),
    "OwnKey": "mailproof.model.own_key",
    **dict.fromkeys(("Sending", "SigningKey", "fetch_sending", "fetch_signing_key", "sign"), "mailproof.signature"),
}


def __getattr__(name: str) -> Any:
    """Return what is public, loaded when first asked for: constructs need the CDK, which the command never imports."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WITHOUT_CDK.get(name, "mailproof.constructs_lib")), name)
