"""Why a signature that would count does not verify: one function per problem."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from mailproof.explain.case import RFC, Case
from mailproof.explain.explanation import Cause, Problem, Signature
from mailproof.model.names import dkim_name

REWRITTEN = ("message-id", "date", "return-path")  # by SES, after whoever hands a message over has signed it


def why_broken(case: Case, each: Signature) -> Iterator[Cause]:
    """Say why an aligned signature does not verify, by its problem."""
    if each.problem is not None:
        yield BROKEN_BY[each.problem](case, each)


def _body(case: Case, each: Signature) -> Cause:
    passed_on = case.passed_on
    others = [*each.changed, *each.added]
    changed = _names(others) if others else "headers" if not each.headers_intact else ""
    headers = f", and {changed} changed too" if changed else ""
    return Cause(
        id="body-changed",
        decides=True,
        what=f"The body is not the one that {each.domain} signed{headers}"
        + (f": {passed_on} has passed the message on" if passed_on else ": something on its way has changed it"),
        fix="A list or gateway that adds a footer breaks every signature: it has to sign for itself, and to put "
        "its own address into From. Nothing at SES mends this; with SPF aligned too, direct mail still passes.",
        source=f"{RFC}6377#section-5.2",
    )


def _headers(case: Case, each: Signature) -> Cause:
    """Name the headers that a message proves to be others; else say what is certain."""
    if each.added:
        return Cause(
            id="header-added",
            decides=True,
            what=f"{_names(each.added)} was added after {each.domain} had signed: without it, the signature verifies",
            fix="Find what adds it: a relay, a gateway, or the program that hands the message to SES.",
            source=f"{RFC}6376#section-8.15",
        )
    if each.changed:
        passed_on = case.passed_on
        return Cause(
            id="header-changed",
            decides=True,
            what=f"{_names(each.changed)} changed after {each.domain} had signed: with its original text, the "
            f"signature verifies{f'; {passed_on} has passed the message on' if passed_on else ''}",
            fix="Find what changes it: a list that puts its name into the subject, a gateway that marks mail from "
            "outside, a relay that folds headers anew. A list has to sign for itself, and to put its own address into "
            "From.",
            source=f"{RFC}6376#section-6.1.3",
        )
    if rewritten := _rewritten(case, each):
        return Cause(
            id="signed-header-rewritten",
            decides=True,
            what=f"The signature covers {', '.join(rewritten)}, which SES rewrites",
            fix="Sign without them; mailproof.sign leaves them out.",
            rule="self-signed-mail-rewritten",
            source="https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-manual.html",
        )
    return _unfit(case, each)


def _unfit(case: Case, each: Signature) -> Cause:
    """Say of a signature why no receiver takes it, with the fix of its problem."""
    return Cause(
        id="signature-broken",
        decides=True,
        what=f"The signature for {each.domain} does not verify: {each.reason}",
        fix=UNFIT[each.problem or Problem.HEADERS].format(check=case.check),
        source=SOURCES.get(each.problem or Problem.HEADERS, f"{RFC}6376#section-6.1.3"),
    )


def _key_missing(case: Case, each: Signature) -> Cause:
    return Cause(
        id="key-missing",
        decides=True,
        what=f"Its key is not in DNS, at {_key_name(each)}",
        fix=f"Either the record is missing, or the key has been exchanged since the message was sent: {case.check}",
        rule="dkim-cname-missing",
        source=f"{RFC}6376#section-3.6.2",
    )


def _expired(_case: Case, each: Signature) -> Cause:
    return Cause(
        id="signature-expired",
        decides=True,
        what=f"The signature for {each.domain} counted until {each.expires_at}",
        fix="It may have been right when the message arrived: the receiver's own verdict tells. If the message was "
        "held back, sign for longer.",
        source=f"{RFC}6376#section-3.5",
    )


def _key_revoked(_case: Case, each: Signature) -> Cause:
    return Cause(
        id="key-revoked",
        decides=True,
        what=f"Its key is revoked, at {_key_name(each)}",
        fix="If the message is new, whoever sends still signs with the old key; see mailproof dkim rotate.",
        source=f"{RFC}6376#section-3.6.1",
    )


def _key_wrong(case: Case, each: Signature) -> Cause:
    return Cause(
        id="key-wrong",
        decides=True,
        what=f"At {_key_name(each)} {each.reason}",
        fix=f"Publish the key record as it was made: {case.check}",
        rule="dkim-own-key-wrong",
        source=f"{RFC}6376#section-3.6.1",
    )


def _key_differs(case: Case, each: Signature) -> Cause:
    return Cause(
        id="key-differs",
        decides=True,
        what=f"The key at {_key_name(each)} is not the one that made this signature, unless the signature itself was "
        "damaged",
        fix=f"The key has been exchanged since, or two places that sign share a selector: {case.check}",
        rule="dkim-own-key-wrong",
        source=f"{RFC}6376#section-6.1.3",
    )


BROKEN_BY: Mapping[Problem, Callable[[Case, Signature], Cause]] = {
    Problem.UNREADABLE: _unfit,
    Problem.ALGORITHM: _unfit,
    Problem.FROM_NOT_SIGNED: _unfit,
    Problem.IDENTITY: _unfit,
    Problem.EXPIRED: _expired,
    Problem.NOT_ASKED: _unfit,
    Problem.KEY_MISSING: _key_missing,
    Problem.KEY_REVOKED: _key_revoked,
    Problem.KEY_WRONG: _key_wrong,
    Problem.KEY_DIFFERS: _key_differs,
    Problem.BODY: _body,
    Problem.HEADERS: _headers,
}
UNFIT: Mapping[Problem, str] = {
    Problem.UNREADABLE: "Whoever signs writes tags that are against RFC 6376; let it sign by a library.",
    Problem.ALGORITHM: "Sign by rsa-sha256, which every receiver takes; SES does.",
    Problem.FROM_NOT_SIGNED: "Sign From; mailproof.sign and SES do.",
    Problem.IDENTITY: "Leave i= out, or write an address of the domain that signs.",
    Problem.NOT_ASKED: "Ask again later; if it stays so: {check}",
    Problem.HEADERS: "Find what has changed a header on its way: a list, a gateway, a relay; or look at the key: "
    "{check}",
}
SOURCES: Mapping[Problem, str] = {
    Problem.UNREADABLE: f"{RFC}6376#section-6.1.1",
    Problem.ALGORITHM: f"{RFC}8301#section-3.1",
    Problem.FROM_NOT_SIGNED: f"{RFC}6376#section-5.4",
    Problem.IDENTITY: f"{RFC}6376#section-3.5",
}


def _key_name(each: Signature) -> str:
    return dkim_name(each.selector, each.domain)


def _names(headers: Iterable[str]) -> str:
    """Write names of headers as people do."""
    return " and ".join(name.title() for name in headers)


def _rewritten(case: Case, each: Signature) -> list[str]:
    """List the headers that a broken signature covers and SES writes anew."""
    return [header for header in REWRITTEN if header in each.headers] if case.origin.ses == "proved" else []
