"""An explanation in words, for every format that people read."""

from collections.abc import Iterator

from mailproof.explain.explanation import Cause, Dmarc, Explanation, Signature

ENFORCED = {
    "none": "nothing because of DMARC: the policy in force is none",
    "quarantine": "treat it as suspicious, which mostly means the spam folder",
    "reject": "refuse it",
}


def verdict(found: Explanation) -> str:
    """Say in one sentence how it stands with a message."""
    dmarc = found.dmarc
    by = " and ".join(each.upper() for each in dmarc.by)
    if dmarc.result == "pass":
        return f"Authenticated: passes DMARC for {dmarc.domain} by {by}"
    if not dmarc.domain:
        return f"DMARC cannot be judged: {dmarc.reason}"
    if dmarc.result == "none":
        return f"{'Aligned by ' + by if by else 'Not authenticated'}, and {dmarc.domain} has no DMARC policy"
    if dmarc.result == "fail":
        return f"Not authenticated: fails DMARC for {dmarc.domain}"
    return f"Not known whether it passes DMARC for {dmarc.domain}: {dmarc.reason}"


def decision(dmarc: Dmarc) -> str:
    """Say what receivers do that follow the policy; empty if that is not known."""
    words = ENFORCED.get(dmarc.enforced, "")
    is_milder = dmarc.tested and dmarc.enforced != dmarc.policy
    return f"{words}{f' (t=y: one step milder than {dmarc.policy})' if is_milder else ''}" if words else ""


def facts(found: Explanation) -> Iterator[tuple[str, str]]:
    """Yield what was judged, each with its label."""
    yield "verdict", verdict(found)
    if words := decision(found.dmarc):
        yield "receivers", words
    if found.dmarc.record:
        yield "policy", f"{found.dmarc.record} at {found.dmarc.record_name}"
    for each in found.signatures:
        yield "DKIM", signature(each)
    if not found.signatures:
        yield "DKIM", "none: the message has no DKIM-Signature"
    spf = found.spf
    where = f" for {spf.domain}" if spf.domain else ""
    address = f" from {spf.address}" if spf.address else ""
    aligned = "" if not spf.domain else ", aligned" if spf.aligned else ", not aligned"
    yield "SPF", f"{spf.result}{where}{address}{aligned}{f' ({spf.reason})' if spf.reason else ''}"
    if receiver := found.receiver:
        said = ", ".join(f"{method}={result}" for method, result in receiver.results.items()) or "nothing"
        trust = "" if receiver.trusted else "; nobody has said that it is trusted: --trusted"
        yield "its receiver", f"{receiver.name} says {said}{trust}"
    yield "origin", origin(found)


def signature(each: Signature) -> str:
    """Describe a signature."""
    bits = f", {each.key_bits} bits" if each.key_bits else ""
    signer = f", {each.signer}" if each.signer else ""
    aligned = "aligned" if each.aligned else "not aligned"
    reason = f" ({each.reason})" if each.reason else ""
    return f"{each.result} for {each.domain}, selector {each.selector}{bits}{signer}, {aligned}{reason}"


def origin(found: Explanation) -> str:
    """Say where a message comes from."""
    came = found.origin
    region = f" in {came.region}" if came.region else ""
    sent = {
        "proved": f"SES{region}, by its own signature",
        "claimed": f"SES{region}, by traces that anybody can write",
        "no": "not SES, as far as it shows",
    }[came.ses]
    return f"{sent}; belongs to {came.domain}, {came.place}" if came.domain else sent


def cause_lines(cause: Cause) -> Iterator[tuple[str, str]]:
    """Yield the parts of a cause, each with its label."""
    yield "fix", cause.fix
    if cause.rule:
        yield "rule", cause.rule
    yield "source", cause.source
