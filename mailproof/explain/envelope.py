"""
SPF of the envelope's sender, for the address that a message came from.

Source: RFC 7208 sections 2.4, 2.6, 4
"""

from mailproof.explain.explanation import Result, Spf
from mailproof.explain.mail import Hop, Mail, domain_of
from mailproof.live.answer import Absent, Unanswered
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import SpfOutcome, SpfResult, spf_records
from mailproof.live.spf_macros import SpfMessage
from mailproof.live.spf_reader import SpfReader
from mailproof.model.names import is_within

QUALIFIERS: dict[str, Result] = {"-": "fail", "~": "softfail", "?": "neutral"}


def client_hop(mail: Mail, receiver: str = "") -> Hop | None:
    """
    Return the hop by which the receiver got the message from outside: the last one with a public address.

    Args:
        mail: The message.
        receiver: Authserv-id of the receiver; empty if it is not known. Only a hop to a host of its own counts then.
    """
    for hop in mail.hops:
        is_its = not receiver or not hop.receiver or _is_of(hop.receiver, receiver)
        if hop.address is not None and hop.address.is_global and is_its:
            return hop
    return None


def _is_of(host: str, receiver: str) -> bool:
    return is_within(host, receiver) or host.split(".")[-2:] == receiver.split(".")[-2:]


def spf_message(mail: Mail, hop: Hop | None) -> SpfMessage:
    """
    Return what SPF is asked about: the envelope's sender, for an empty one the postmaster of HELO.

    Source: RFC 7208 section 2.4
    """
    helo = hop.sender if hop else ""
    if domain := mail.envelope_domain:
        local = (mail.envelope_sender or "").rpartition("@")[0]
        return SpfMessage(f"{local}@{domain}", helo)
    is_bounce = bool(helo) and mail.envelope_sender == ""
    return SpfMessage(f"postmaster@{helo}" if is_bounce else "", helo)


async def judge_envelope(lookup: Lookup, message: SpfMessage, address: str, *, is_aligned: bool) -> Spf:
    """
    Evaluate the SPF record of the envelope's sender.

    Args:
        lookup: Answers for DNS.
        message: What it tells; its sender is empty if it is not known.
        address: IP address that the message came from; empty if it is not known.
        is_aligned: Whether the domain of the sender counts for the one in From.
    """
    domain = domain_of(message.sender)
    if not domain:
        why = "no Return-Path tells the envelope's sender"
        return Spf(result="not judged", reason=why, address=address)
    if not address:
        why = "no Received header tells the public address that it came from; --client-ip names it"
        return Spf(result="not judged", reason=why, domain=domain, aligned=is_aligned)
    result, reason = await _evaluate(lookup, domain, address, message)
    return Spf(result=result, reason=reason, domain=domain, address=address, aligned=is_aligned)


async def _evaluate(lookup: Lookup, domain: str, address: str, message: SpfMessage) -> tuple[Result, str]:
    answer = await lookup.txt(domain)
    if isinstance(answer, Unanswered):
        return "temperror", f"{domain}: {answer}"
    if isinstance(answer, Absent) or not spf_records(answer):
        return "none", f"{domain} has no SPF record"
    return _result(await SpfReader(lookup, domain).check_host(address, message))


def _result(outcome: SpfOutcome) -> tuple[Result, str]:
    if outcome.result is SpfResult.PASS:
        return "pass", outcome.term
    if outcome.result is SpfResult.NO_PASS:
        return QUALIFIERS.get(outcome.qualifier, "neutral"), outcome.term or "no term names the address"
    if outcome.result is SpfResult.PERMERROR:
        return "permerror", outcome.fault.text if outcome.fault else ""
    if outcome.unanswered:
        question, answer = outcome.unanswered
        return "temperror", f"{question.name} {question.type}: {answer}"
    return "not judged", f"{outcome.term} depends on the name in HELO, which no Received header tells"
