"""
Why a message does not authenticate, or only just: one function per cause, the decisive first.

Each says no more than the message and DNS, asked now, can show.
"""

from collections.abc import Callable, Iterator

from mailproof.dmarc.sources import SES_DOMAIN
from mailproof.explain.broken_signatures import why_broken
from mailproof.explain.case import RFC, Case
from mailproof.explain.explanation import Cause
from mailproof.model.names import is_within

SES_DKIM = "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim.html"
SES_MAIL_FROM = "https://docs.aws.amazon.com/ses/latest/dg/mail-from.html"


def find_causes(case: Case) -> list[Cause]:
    """List what is wrong with a message, or weakens it."""
    return [cause for find in CAUSES for cause in find(case)]


def _no_single_author(case: Case) -> Iterator[Cause]:
    count = len(case.mail.all("from"))
    if count > 1:
        yield Cause(
            id="from-repeated",
            decides=True,
            what=f"There are {count} From headers: receivers may show one and judge another",
            fix="Find what adds the second: a program that sends, or a relay. A signature that lists From twice "
            "(mailproof.sign does) breaks when one is added.",
            source=f"{RFC}9989#section-11.5",
        )
    elif not case.author:
        yield Cause(
            id="from-not-one",
            decides=True,
            what="From has no address, or addresses of several domains: DMARC cannot be judged",
            fix="Write one address into From.",
            source=f"{RFC}9989#section-5.3.1",
        )


def _unsigned(case: Case) -> Iterator[Cause]:
    if case.aligned or not case.author:
        return
    signers = sorted({each.domain for each in case.signatures if each.domain})
    if not signers:
        yield Cause(
            id="unsigned",
            decides=True,
            what="No signature of this message can be read" if case.signatures else "Nobody has signed this message",
            fix=f"If SES has sent it, signing is off for {case.author} in the region that sent it, or a setting of its "
            f"address is in the way: {case.check}. Otherwise whoever sends it has to sign.",
            rule="dkim-signing-off",
            source=SES_DKIM,
        )
    elif rewritten := [each.domain for each in case.signatures if "from" in each.changed]:
        passed_on = case.passed_on
        yield Cause(
            id="author-rewritten",
            decides=True,
            what=f"From was rewritten: {rewritten[0]} has signed another author, which the message still shows"
            + (f"; {passed_on} has passed the message on" if passed_on else ""),
            fix=f"Lists do so where the author's domain has a DMARC policy. Now {case.author} counts: whoever passes "
            "the message on has to sign for it.",
            source=f"{RFC}7960#section-3.2.3",
        )
    elif all(is_within(signer, SES_DOMAIN) for signer in signers):
        where = f" from {case.origin.region}" if case.origin.region else ""
        yield Cause(
            id="signed-by-ses-alone",
            decides=True,
            what=f"SES has sent it{where}, and signed it as amazonses.com alone: nothing signs for {case.author}",
            fix=f"The identity was not verified there when it was sent, its signing is off, or the address in From is "
            f"has an identity of its own that does not sign: {case.check}",
            rule="dkim-signing-off",
            source=SES_DKIM,
        )
    elif below := [signer for signer in signers if is_within(case.author, signer) or is_within(signer, case.author)]:
        yield Cause(
            id="signature-not-aligned",
            decides=True,
            what=f"It is signed for {', '.join(below)}, which does not count for {case.author}: "
            + ("adkim=s asks for the very same domain" if "adkim" in case.strict else "they are not one organisation"),
            fix=f"Leave out adkim, or make an identity of {case.author} itself.",
            source=f"{RFC}9989#section-4.4",
        )
    else:
        yield Cause(
            id="signed-for-another",
            decides=True,
            what=f"It is signed for {', '.join(signers)}, and not for {case.author}",
            fix="Let the service that sends sign for the domain in From: most call it custom or branded DKIM.",
            source=f"{RFC}9989#section-4.4",
        )


def _broken(case: Case) -> Iterator[Cause]:
    for each in case.aligned:
        if each.result in {"fail", "permerror"}:
            yield from why_broken(case, each)


def _envelope(case: Case) -> Iterator[Cause]:
    spf, origin = case.spf, case.origin
    if spf.result == "pass" and not spf.aligned and case.author:
        if origin.mail_from == "SES":
            where = f" in {origin.region}" if origin.region else ""
            yield Cause(
                id="mail-from-of-ses",
                decides=False,
                what=f"SPF passes for {spf.domain}, SES's own MAIL FROM domain, which does not count for {case.author}",
                fix=f"Set up a custom MAIL FROM domain{where}; if there is one, SES did not see its MX when this was "
                f"sent, and fell back: {case.check}",
                rule="mail-from-differs",
                source=SES_MAIL_FROM,
            )
        else:
            yield Cause(
                id="spf-not-aligned",
                decides=False,
                what=f"SPF passes for {spf.domain}, which does not count for {case.author}"
                + (": aspf=s asks for the very same domain" if "aspf" in case.strict else ""),
                fix="Leave out aspf, since a MAIL FROM domain is never the domain in From at SES."
                if "aspf" in case.strict
                else "Mail of a service, or mail that was forwarded: only DKIM can count here.",
                source=f"{RFC}9989#section-4.4",
            )
    elif spf.result in {"fail", "softfail", "neutral", "none", "permerror"} and spf.domain:
        forwarded = bool(case.aligned and any(each.result == "pass" for each in case.aligned))
        yield Cause(
            id="spf-no-pass",
            decides=False,
            what=f"SPF of {spf.domain} does not pass for {spf.address or 'its address'}: {spf.result}, {spf.reason}",
            fix=f"The message was forwarded, which breaks SPF and not DKIM; or the record lacks who sends: {case.check}"
            if forwarded or case.mail.hops[1:]
            else f"The record lacks who sends, or somebody else has sent it: {case.check}",
            rule="mail-from-spf-missing" if spf.result == "none" else "",
            source=f"{RFC}7208#section-2.6",
        )


def _weak(case: Case) -> Iterator[Cause]:
    for each in case.aligned:
        if each.result == "pass" and each.body_bytes is not None:
            yield Cause(
                id="body-partly-signed",
                decides=False,
                what=f"The signature for {each.domain} covers {each.body_bytes:,} bytes of the body: the rest may be "
                "anybody's",
                fix="Sign without l=; SES does.",
                source=f"{RFC}6376#section-8.2",
            )
    if case.dmarc.result == "none" and case.author:
        yield Cause(
            id="no-policy",
            decides=False,
            what=f"{case.author} has no DMARC policy: nobody is asked to refuse mail that only claims to be from it",
            fix="Write dmarc into the environment file, and begin with policy: none.",
            rule="dmarc-missing",
            source=f"{RFC}9989#section-4.7",
        )


CAUSES: tuple[Callable[[Case], Iterator[Cause]], ...] = (_no_single_author, _unsigned, _broken, _envelope, _weak)
