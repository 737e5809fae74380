"""Rules about the MTA-STS policy of a domain that receives mail."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, rule
from mailproof.live.answer import Answer, Mx, Unanswered
from mailproof.live.mta_sts_reader import FetchedPolicy, MtaStsFacts
from mailproof.model.mta_sts import MtaStsMode, matches, parse_policy


@rule(
    "mta-sts-unanswered",
    Severity.UNKNOWN,
    MtaStsFacts,
    meaning="Whether senders find the MTA-STS policy is not known.",
    condition="The file has `mta_sts`, and DNS or the web server of the policy does not answer.",
    expected="an answer",
    observed="what came instead",
    fix="Ask again, from a network that lets HTTPS through; if it stays, look at the web server.",
    source="RFC 8461 section 3.3",
)
def mta_sts_unanswered(facts: MtaStsFacts) -> RuleResult | None:
    """Say what came instead of an answer."""
    return RuleResult(observed=str(facts.answer)) if isinstance(facts.answer, Unanswered) else None


@rule(
    "mta-sts-not-served",
    Severity.WARNING,
    MtaStsFacts,
    meaning="Senders take no policy, and deliver without TLS where it fails, as if there were none.",
    condition="The host has no address, its certificate is not taken, or it answers with a redirect, an error or "
    "another type than text/plain.",
    expected="the policy as text/plain",
    observed="the fault",
    fix="Deploy the environment if the file says `serve`; else serve what `mailproof mta-sts` prints at that address.",
    source="RFC 8461 section 3.3",
)
def mta_sts_not_served(facts: MtaStsFacts) -> RuleResult | None:
    """Look for what keeps senders from the policy."""
    fault = facts.answer.fault if isinstance(facts.answer, FetchedPolicy) else ""
    return RuleResult(observed=fault) if fault else None


@rule(
    "mta-sts-refuses-mail",
    Severity.ERROR,
    MtaStsFacts,
    meaning="Senders that have the policy keep back mail to the domain: it does not name a server that receives.",
    condition="The policy that is served says `enforce`, and an MX of the domain fits none of its lines.",
    expected="a line for every MX",
    observed="the MX",
    fix="Serve a policy that names every MX, which `mailproof mta-sts` prints once the file does.",
    source="RFC 8461 section 4.1",
)
def mta_sts_refuses_mail(facts: MtaStsFacts) -> RuleResult | None:
    """Compare the policy that is served with the MX."""
    return _uncovered(facts, MtaStsMode.ENFORCE)


@rule(
    "mta-sts-differs",
    Severity.WARNING,
    MtaStsFacts,
    meaning="Senders take another policy than the file has.",
    condition="Mode, MX lines or age of the policy that is served differ from the file's.",
    expected="the policy of the file",
    observed="the policy that is served",
    fix="Deploy the environment if the file says `serve`; else serve what `mailproof mta-sts` prints.",
    source="RFC 8461 section 3.2",
)
def mta_sts_differs(facts: MtaStsFacts) -> RuleResult | None:
    """Compare the policy that is served with the file's."""
    served = _served(facts)
    wanted = parse_policy(facts.wanted.text)
    if served is None or served == wanted:
        return None
    return RuleResult(_shown(wanted), _shown(served))


@rule(
    "mta-sts-mx-missing",
    Severity.WARNING,
    MtaStsFacts,
    meaning="Once the policy is enforced, senders keep back mail: it does not name a server that receives.",
    condition="The policy that is served says `testing`, and an MX of the domain fits none of its lines.",
    expected="a line for every MX",
    observed="the MX",
    fix="Name every MX in the file, and serve what `mailproof mta-sts` then prints.",
    source="RFC 8461 section 4.1",
)
def mta_sts_mx_missing(facts: MtaStsFacts) -> RuleResult | None:
    """Compare a policy that is only tested with the MX."""
    return _uncovered(facts, MtaStsMode.TESTING)


def _served(facts: MtaStsFacts) -> dict[str, tuple[str, ...]] | None:
    text = facts.answer.text if isinstance(facts.answer, FetchedPolicy) and not facts.answer.fault else None
    return None if text is None else parse_policy(text)


def _uncovered(facts: MtaStsFacts, mode: MtaStsMode) -> RuleResult | None:
    served = _served(facts)
    if served is None or served.get("mode") != (mode.value,) or not isinstance(facts.mx, Answer):
        return None
    hosts = [mx.host for mx in facts.mx.records if isinstance(mx, Mx)]
    missing = [host for host in hosts if not any(matches(pattern, host) for pattern in served.get("mx", ()))]
    return RuleResult(observed=", ".join(missing)) if missing else None


def _shown(policy: dict[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{key}: {', '.join(values)}" for key, values in policy.items()) or "no policy"
