"""The policy by which a domain that receives mail asks senders for TLS (MTA-STS, RFC 8461), and its record."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from mailproof.model.errors import InvalidValue
from mailproof.model.names import parse_host_name

MAX_AGE_LIMIT_S = 31_557_600  # a year, RFC 8461 section 3.2
DAY_S = 86_400
ID_LENGTH = 32
POLICY_PATH = "/.well-known/mta-sts.txt"


class MtaStsMode(StrEnum):
    """What senders do where TLS fails: nothing, report it, or keep the mail."""

    NONE = "none"
    TESTING = "testing"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class MtaSts:
    """
    A policy.

    Attributes:
        mode: What senders do where TLS fails.
        mx: Host names of the servers that receive; ``*.`` in front stands for one label.
        max_age_s: How long senders keep the policy.
        is_served: Whether a stack serves it.

    Source: RFC 8461 section 3.2
    """

    mode: MtaStsMode
    mx: tuple[str, ...]
    max_age_s: int
    is_served: bool = False

    @property
    def text(self) -> str:
        """What ``https://mta-sts.<domain>/.well-known/mta-sts.txt`` answers."""
        hosts = "".join(f"mx: {host}\n" for host in self.mx)
        return f"version: STSv1\nmode: {self.mode}\n{hosts}max_age: {self.max_age_s}\n"

    @property
    def id(self) -> str:
        """The id in the record: another one with every change of the text, by which senders know that it changed."""
        return sha256(self.text.encode()).hexdigest()[:ID_LENGTH]


def policy_host(domain: str) -> str:
    """Return the host that serves the policy of a domain (RFC 8461 section 3.3)."""
    return f"mta-sts.{domain}"


def parse_policy(text: str) -> dict[str, tuple[str, ...]]:
    """
    Read a policy as a sender does: key to values, those of `mx` sorted; lines that are none are ignored.

    Source: RFC 8461 section 3.2
    """
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            found.setdefault(key.strip(), []).append(value.strip().lower().removesuffix("."))
    policy = {key: tuple(sorted(values) if key == "mx" else values[:1]) for key, values in found.items()}
    return {key: policy[key] for key in ("mode", "mx", "max_age") if key in policy} if found.get("version") else {}


def matches(pattern: str, host: str) -> bool:
    """Tell whether a line of a policy covers a server: ``*.`` stands for exactly one label (RFC 8461 section 4.1)."""
    return host.partition(".")[2] == pattern[2:] if pattern.startswith("*.") else host == pattern


def build_mta_sts(policy: MtaSts) -> str:
    """
    Write the text at ``_mta-sts`` below a domain.

    Source: RFC 8461 section 3.1
    """
    return f"v=STSv1; id={policy.id}"


def parse_mx_pattern(text: str) -> str:
    """
    Read the name of a server that receives mail, or ``*.`` and a name for all that are one label below it.

    Raises:
        InvalidValue: It is none.
    """
    try:
        name = parse_host_name(text.removeprefix("*."))
    except InvalidValue as err:
        raise InvalidValue(err.what, text, err.todo) from err
    return f"*.{name}" if text.startswith("*.") else name
