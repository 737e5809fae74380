"""
Where a message comes from: SES and its region, and the domain of a file that it belongs to.

Source: Amazon SES Developer Guide, "Authenticating Email with DKIM in Amazon SES", "Using a custom MAIL FROM domain"
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from mailproof.dmarc.sources import SES_DOMAIN, Ours
from mailproof.explain.explanation import Origin, Signature
from mailproof.explain.mail import Mail
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.names import is_within

HOME_REGION = "us-east-1"  # of which SES writes no region into names
FEEDBACK_ID = re.compile(r":(?:1\.)?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.[^:]*:AmazonSES$", re.IGNORECASE)
HOST = re.compile(r"(?:^|[.@])(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonses\.com$", re.IGNORECASE)


def read_origin(mail: Mail, signatures: Sequence[Signature], environments: Sequence[Environment], ours: Ours) -> Origin:
    """Say where a message comes from, as far as it tells."""
    by_ses = [each for each in signatures if is_within(each.domain, SES_DOMAIN)]
    feedback = mail.first("feedback-id")
    is_claimed = bool(by_ses) or feedback.lower().endswith(":amazonses") or is_within(mail.envelope_domain, SES_DOMAIN)
    is_proved = any(each.result == "pass" for each in by_ses)
    environment, domain = owner_of(mail.author_domain, environments)
    source = environment.sources.get(domain.name) if environment and domain else None
    return Origin(
        ses="proved" if is_proved else "claimed" if is_claimed else "no",
        region=next(_regions(mail, signatures, ours), "") if is_claimed else "",
        mail_from=_whose_mail_from(mail.envelope_domain, ours),
        feedback_id=feedback,
        environment=environment.name if environment else "",
        domain=domain.name if domain else "",
        place=str(source or ""),
    )


def owner_of(author: str, environments: Sequence[Environment]) -> tuple[Environment | None, SendingDomain | None]:
    """Find the domain of a file by which mail of a name is sent: the most specific."""
    found = [
        (len(domain.name), environment, domain)
        for environment in environments
        for domain in environment.domains
        if is_within(author, domain.name)
    ]
    _, environment, domain = max(found, key=lambda each: each[0], default=(0, None, None))
    return environment, domain


def _regions(mail: Mail, signatures: Sequence[Signature], ours: Ours) -> Iterator[str]:
    """Yield what tells the region, the most certain first: a selector, a MAIL FROM name, traces that SES writes."""
    for each in signatures:
        if each.result == "pass" and (region := ours.regions.get((each.domain, each.selector))):
            yield region
    if region := ours.mail_from.get(mail.envelope_domain):
        yield region
    if found := FEEDBACK_ID.search(mail.first("feedback-id")):
        yield found["region"].lower()
    for text in (mail.envelope_domain, mail.first("message-id").strip("<> ")):
        if found := HOST.search(text):
            yield found["region"].lower()
        if text in {SES_DOMAIN, f"email.{SES_DOMAIN}"} or text.endswith(f"@email.{SES_DOMAIN}"):
            yield HOME_REGION


def _whose_mail_from(domain: str, ours: Ours) -> Literal["of the file", "SES", "other", ""]:
    if not domain:
        return ""
    if is_within(domain, SES_DOMAIN):
        return "SES"
    return "of the file" if domain in ours.mail_from else "other"


def signer_of(signature: Signature, ours: Ours) -> str:
    """Say who made a signature, as far as its domain and selector tell; empty if they do not."""
    if is_within(signature.domain, SES_DOMAIN):
        return "SES itself"
    region = ours.regions.get((signature.domain, signature.selector))
    if region is not None:
        return f"our identity in {region}" if region else "our identity"
    if any(name == signature.domain for name, _ in ours.regions):
        return "a key that no identity in this account has"
    return ""
