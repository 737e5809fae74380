"""Requests that pages of other sites send through a browser: refused, and no answer is for them."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from mailproof.localaws.errors import ControlError

_LOCAL_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
_CORS_PREFIX = b"access-control-"


def check_sender(headers: Mapping[str, str]) -> None:
    """
    Check that a request is meant for this machine and comes from no other site.

    Without it a web page could use the emulator: by a name that it points at this machine (DNS rebinding), or by
    sending requests across sites.

    Args:
        headers: Of the request, names in lower case.

    Raises:
        ControlError: The Host or the Origin is another one.
    """
    for name, url in (("Host", f"//{headers.get('host', '')}"), ("Origin", headers.get("origin"))):
        if url is not None and not _is_local(url):
            raise ControlError(f"{name}: is not this machine, got {headers[name.lower()]!r}; use localhost", status=403)


def _is_local(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in _LOCAL_NAMES or host.endswith(".localhost")


def without_cors(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer without those by which browsers hand it on to other sites."""
    return [(name, value) for name, value in headers if not name.lower().startswith(_CORS_PREFIX)]
