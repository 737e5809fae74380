"""A receiver of mail: verifies the signatures of a message with keys that it finds by DNS."""

import dns.message
import dns.query
import dns.resolver

PASS, FAIL = "pass", "fail"
SHORTEST_KEY_BITS = 2048
_TIMEOUT_S = 5.0


def verify(message: bytes, server: str) -> dict[str, str]:
    """
    Verify every DKIM signature of a message.

    Args:
        message: As it arrived.
        server: `host:port` of the DNS server to ask.

    Returns:
        ``SELECTOR._domainkey.DOMAIN`` of each signature to ``pass`` or ``fail``.
    """
    import dkim  # type: ignore[import-untyped]  # noqa: PLC0415 -- has no annotations; only mail needs it

    host, _, port = server.partition(":")

    def fetch(name: bytes, timeout: float = _TIMEOUT_S) -> bytes | None:
        query = dns.message.make_query(name.decode(), "TXT")
        response, _ = dns.query.udp_with_fallback(query, host, port=int(port), timeout=timeout)
        try:
            found = response.resolve_chaining().answer  # type: ignore[attr-defined]  # a query's response is one
        except dns.resolver.NXDOMAIN:
            return None
        return b"".join(found[0].strings) if found else None

    verdicts = {}
    parsed = dkim.DKIM(message, minkey=SHORTEST_KEY_BITS)
    values = [value for name, value in parsed.headers if name.lower() == b"dkim-signature"]
    for index, value in enumerate(values):
        tags = dkim.util.parse_tag_value(value)
        try:
            is_right = parsed.verify(index, dnsfunc=fetch)
        except dkim.DKIMException:
            is_right = False
        verdicts[f"{tags[b's'].decode()}._domainkey.{tags[b'd'].decode()}"] = PASS if is_right else FAIL
    return verdicts
