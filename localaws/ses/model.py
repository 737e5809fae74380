"""SES identities: the stored record, its names and its DKIM tokens."""

import hashlib
import re
from collections import Counter
from typing import TypedDict

from mailproof.localaws import clock
from mailproof.localaws.errors import ServiceError
from mailproof.localaws.regions import dkim_host_zone

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NAME_CHARS = 253
_BASE32_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_TOKEN_CHARS = 32
_TOKEN_COUNT = 3
_REPLICA_PREFIX = "AWS_SES_"


class Search(TypedDict):
    """State of SES's search for the DNS records of DKIM or of MAIL FROM; times in seconds since the epoch."""

    Status: str
    ErrorType: str
    StartedAt: float
    CheckedAt: float | None
    SucceededAt: float | None
    MissingSince: float | None
    Pinned: bool


class EasyDkim(TypedDict):
    """Tokens and host zone that Easy DKIM gives an identity; they follow from account, region and domain."""

    Tokens: list[str]
    HostZone: str


class Dkim(TypedDict):
    """
    DKIM settings of an identity.

    The private key is of an own key alone (base64 of its DER form). An identity that was verified when its way to sign
    changed stays so while SES looks for the new records: it sends, unsigned. An address is signed for by its domain,
    unless that was switched off for it.
    """

    Origin: str
    SigningEnabled: bool
    SwitchedOff: bool
    Selector: str
    PublishedKey: str
    PrivateKey: str
    WasVerified: bool
    CurrentKeyLength: str
    NextKeyLength: str
    KeyGeneratedAt: float
    KeyLengthChangedAt: float | None


class MailFrom(TypedDict):
    """The MAIL FROM domain of an identity; empty if it uses that of SES."""

    MailFromDomain: str
    BehaviorOnMxFailure: str


class Identity(TypedDict):
    """
    An identity, as it is kept in ministack's store (plain values only, so that ministack can save it).

    MailSentAt is when the mail was sent by which an address is verified.
    """

    EmailIdentity: str
    Account: str
    Region: str
    IdentityType: str
    VerifiedForSendingStatus: bool
    EasyDkim: EasyDkim | None
    Dkim: Dkim
    DkimSearch: Search
    MailFrom: MailFrom
    MailFromSearch: Search
    FeedbackForwardingStatus: bool
    ConfigurationSetName: str
    MailSentAt: float


def new_search(status: str) -> Search:
    """Return a search that begins now."""
    return {
        "Status": status,
        "ErrorType": "",
        "StartedAt": clock.now(),
        "CheckedAt": None,
        "SucceededAt": None,
        "MissingSince": None,
        "Pinned": False,
    }


def parse_identity_name(text: str) -> str:
    """
    Return the name as SES keeps it: domains lower-case, the local part of an address as given.

    Raises:
        ServiceError: It is neither a domain nor an address; a domain with a trailing dot is neither.
    """
    local, at, domain = text.rpartition("@")
    labels = domain.lower().split(".")
    valid = len(labels) > 1 and len(domain) <= _NAME_CHARS and all(map(_LABEL.fullmatch, labels))
    if not valid or (at and not local):
        raise ServiceError("BadRequestException", f"Invalid email address or domain: {text}")
    return f"{local}{at}{domain.lower()}"


_lives: Counter[tuple[str, str, str]] = Counter()
"""How many identities there were of an account, region and name."""


def dkim_tokens(account: str, region: str, domain: str, life: int = 0) -> list[str]:
    """
    Return the three tokens of a domain in a region: never the same in two regions or accounts.

    Args:
        account: AWS account id.
        region: AWS region.
        domain: The identity.
        life: How many identities of that name there were before. AWS does not say whether one that is made once more
            has the tokens of before, so that nobody may count on it.
    """
    tokens = []
    for number in range(_TOKEN_COUNT):
        parts = (account, region, domain, number, *((life,) if life else ()))
        digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
        tokens.append("".join(_BASE32_LETTERS[byte % len(_BASE32_LETTERS)] for byte in digest[:_TOKEN_CHARS]))
    return tokens


def new_identity(name: str, account: str, region: str) -> Identity:
    """Return an identity as it is before anything is set up."""
    easy_dkim: EasyDkim | None = None
    if is_domain(name):
        life = _lives[account, region, name]
        _lives[account, region, name] += 1
        easy_dkim = {"Tokens": dkim_tokens(account, region, name, life), "HostZone": dkim_host_zone(region)}
    return {
        "EmailIdentity": name,
        "Account": account,
        "Region": region,
        "IdentityType": "DOMAIN" if is_domain(name) else "EMAIL_ADDRESS",
        "VerifiedForSendingStatus": False,
        "EasyDkim": easy_dkim,
        "Dkim": {
            "Origin": "AWS_SES",
            "SigningEnabled": False,
            "SwitchedOff": False,
            "Selector": "",
            "PublishedKey": "",
            "PrivateKey": "",
            "WasVerified": False,
            "CurrentKeyLength": "RSA_2048_BIT",
            "NextKeyLength": "RSA_2048_BIT",
            "KeyGeneratedAt": clock.now(),
            "KeyLengthChangedAt": None,
        },
        "DkimSearch": new_search("PENDING"),
        "MailFrom": {"MailFromDomain": "", "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "MailFromSearch": new_search("NOT_STARTED"),
        "FeedbackForwardingStatus": True,
        "ConfigurationSetName": "",
        "MailSentAt": clock.now(),
    }


def is_domain(name: str) -> bool:
    """Tell a domain from an address."""
    return "@" not in name


def replica_source(origin: str) -> str:
    """Return the region whose keys a replica (DEED) uses, or the empty string for any other origin."""
    is_replica = origin.startswith(_REPLICA_PREFIX)
    return origin.removeprefix(_REPLICA_PREFIX).lower().replace("_", "-") if is_replica else ""
