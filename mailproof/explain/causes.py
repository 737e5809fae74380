"""
Why a message does not authenticate, or only just: one function per cause, the decisive first.

Each says no more than the message and DNS, asked now, can show.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailproof.dmarc.sources import SES_DOMAIN
from mailproof.explain.explanation import Cause, Dmarc, Origin, Signature, Spf
from mailproof.explain.mail import Mail
from mailproof.model.names import is_within

RFC = "https://www.rfc-editor.org/rfc/rfc"
SES_DKIM = "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim.html"
SES_MAIL_FROM = "https://docs.aws.amazon.com/ses/latest/dg/mail-from.html"
REWRITTEN = ("message-id", "date", "return-path")  # by SES, after whoever hands a message over has signed it


@dataclass(frozen=True, slots=True)
class Case:
    """
    What a cause is found in.

    Attributes:
        mail: The message.
        signatures: Verified.
        spf: Our verdict.
        dmarc: Our verdict.
        origin: Where it comes from.
        strict: Tags that ask for strict alignment: ``adkim``, ``aspf``.
    """

    mail: Mail
    signatures: tuple[Signature, ...]
    spf: Spf
    dmarc: Dmarc
    origin: Origin
    strict: frozenset[str] = frozenset()

    @property
    def author(self) -> str:
        """Domain in From."""
        return self.mail.author_domain

    @property
    def aligned(self) -> list[Signature]:
        """Signatures that count, if they pass."""
        return [each for each in self.signatures if each.aligned]

    @property
    def check(self) -> str:
        """The command that looks at records and SES, for this message."""
        region = f" --region {self.origin.region}" if self.origin.region else ""
        return f"mailproof check --domain {self.origin.domain or self.author}{region}"


def find_causes(case: Case) -> list[Cause]:
    """List what is wrong with a message, or weakens it."""
    return [cause for find in CAUSES for cause in find(case)]


def _no_single_author(case: Case) -> Iterator[Cause]:
    count = len(case.mail.all("from"))
    if count > 1:
        yield Cause(
            id="from-repeated",
            decides=True,
            what=f"There are {count} From headers, of which receivers show one and judge another",
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
            what="Nobody has signed this message",
            fix=f"If SES has sent it, signing is off for {case.author} in the region that sent it, or a setting of its "
            f"address is in the way: {case.check}. Otherwise whoever sends it has to sign.",
            rule="dkim-signing-off",
            source=SES_DKIM,
        )
    elif all(is_within(signer, SES_DOMAIN) for signer in signers):
        where = f" from {case.origin.region}" if case.origin.region else ""
        yield Cause(
            id="signed-by-ses-alone",
            decides=True,
            what=f"SES has sent it{where}, and signed it as amazonses.com alone: nothing signs for {case.author}",
            fix=f"The identity was not verified there when it was sent, its signing is off, or the address in From is "
            f"verified by itself and does not sign: {case.check}",
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
            yield from _why_broken(case, each)


def _why_broken(case: Case, each: Signature) -> Iterator[Cause]:
    name = f"{each.selector}._domainkey.{each.domain}"
    if each.body_intact is False:
        passed_on = _passed_on(case.mail)
        yield Cause(
            id="body-changed",
            decides=True,
            what=f"The body is another than {each.domain} signed"
            + (f": {passed_on} has passed the message on" if passed_on else ": something on its way has changed it"),
            fix="A list or gateway that adds a footer breaks every signature: it has to sign for itself, and to put "
            "its own address into From. Nothing at SES mends this; with SPF aligned too, direct mail still passes.",
            source=f"{RFC}6377#section-5.2",
        )
    elif "no key" in each.reason:
        yield Cause(
            id="key-missing",
            decides=True,
            what=f"Its key is not in DNS, at {name}",
            fix=f"Either the record is missing, or the key has been exchanged since the message was sent: {case.check}",
            rule="dkim-cname-missing",
            source=f"{RFC}6376#section-3.6.2",
        )
    elif "expired" in each.reason:
        yield Cause(
            id="signature-expired",
            decides=True,
            what=f"The signature for {each.domain} counted until {each.expires_at}",
            fix="It may have been right when the message arrived: the receiver's own verdict tells. If the message was "
            "held back, sign for longer.",
            source=f"{RFC}6376#section-3.5",
        )
    elif "revoked" in each.reason:
        yield Cause(
            id="key-revoked",
            decides=True,
            what=f"Its key is revoked, at {name}",
            fix="If the message is new, whoever sends still signs with the old key; see mailproof dkim rotate.",
            source=f"{RFC}6376#section-3.6.1",
        )
    elif "key record" in each.reason or "bits" in each.reason:
        yield Cause(
            id="key-wrong",
            decides=True,
            what=f"At {name} {each.reason}",
            fix=f"Publish the key record as it was made: {case.check}",
            rule="dkim-own-key-wrong",
            source=f"{RFC}6376#section-3.6.1",
        )
    elif added := _added(case.mail, each):
        yield Cause(
            id="header-added",
            decides=True,
            what=f"{added} stands more often than was signed: somebody has added one",
            fix="Find what adds it: a relay, a gateway, or the program that hands the message to SES.",
            source=f"{RFC}6376#section-8.15",
        )
    elif rewritten := _rewritten(case, each):
        yield Cause(
            id="signed-header-rewritten",
            decides=True,
            what=f"The signature covers {', '.join(rewritten)}, which SES writes anew",
            fix="Sign without them; mailproof.sign leaves them out.",
            rule="self-signed-mail-rewritten",
            source="https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-manual.html",
        )
    else:
        yield Cause(
            id="signature-broken",
            decides=True,
            what=f"The signature for {each.domain} does not verify: {each.reason}",
            fix="A header was changed on its way (a tag in the subject, a rewritten address), or the key in DNS is "
            f"another than was signed with: {case.check}",
            source=f"{RFC}6376#section-6.1.3",
        )


def _rewritten(case: Case, each: Signature) -> list[str]:
    """List the headers that a broken signature covers and SES writes anew."""
    is_broken = each.result == "fail" and case.origin.ses == "proved"
    return [header for header in REWRITTEN if header in each.headers] if is_broken else []


def _passed_on(mail: Mail) -> str:
    """Name what has passed a message on, as far as it says so."""
    if found := mail.first("list-id") or mail.first("list-post"):
        return f"the list {found}"
    if found := mail.first("resent-from"):
        return found
    return "an automatic forward" if mail.first("x-forwarded-to") else ""


def _added(mail: Mail, signature: Signature) -> str:
    """Name a header of which there are more than a signature covers, although it meant to cover all."""
    there, covered = Counter(name for name, _ in mail.headers), Counter(signature.headers)
    names = ("from", "subject", "to", "date", "reply-to")
    return next((name.title() for name in names if 1 < there[name] <= covered[name]), "")


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
