"""Rules about identities of single addresses: what they set comes before the same of their domain."""

from collections.abc import Iterator
from shlex import quote

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.check.subjects import AddressSubject, DeclaredAddress
from mailproof.live.answer import NotFound
from mailproof.live.aws.ses_facts import SUCCESS, IdentityFacts
from mailproof.model.command_lines import resend_command, rollout_command

FAILED = "FAILED"
MEANING = (
    "What SES does with mail from an address whose own identity is not verified, while its domain is, is not "
    "documented: it may be refused."
)


@rule(
    "address-missing",
    Severity.WARNING,
    DeclaredAddress,
    meaning="The address goes by the identity of its domain, without settings of its own.",
    condition="The file has the address under `addresses`, and ListEmailIdentities does not, with the local part spelt "
    "as in the file.",
    expected="an identity of the address",
    observed="none",
    fix="Deploy the environment: SES then sends a mail to the address.",
    source=dg("creating-identities"),
)
def address_missing(subject: DeclaredAddress) -> RuleResult | None:
    """Look whether it is there."""
    todo = f"Run `{rollout_command(subject.environment)}`: SES then sends a mail to the address."
    return RuleResult(fix=todo) if isinstance(subject.found, NotFound) else None


@rule(
    "address-expired",
    Severity.WARNING,
    DeclaredAddress,
    meaning=MEANING,
    condition="VerificationStatus of a declared address is FAILED: nobody has followed the link within 24 hours.",
    expected="a verified address",
    observed="FAILED",
    fix="Have SES send its mail once more by `mailproof address resend`, and follow the link within 24 hours.",
    source=dg("creating-identities"),
)
def address_expired(subject: DeclaredAddress) -> RuleResult | None:
    """Look whether the link has expired."""
    if not isinstance(subject.found, IdentityFacts) or subject.found.verification_status != FAILED:
        return None
    command = resend_command(subject.environment, subject.name, subject.region)
    return RuleResult(fix=f"Have SES send its mail once more, `{command}`, and follow the link within 24 hours.")


@rule(
    "address-pending",
    Severity.WARNING,
    DeclaredAddress,
    meaning=MEANING,
    condition="VerificationStatus of a declared address is neither SUCCESS nor FAILED.",
    expected="a verified address",
    observed="PENDING",
    fix="Follow the link in SES's mail to the address, whose subject names the region; it is good for 24 hours.",
    source=dg("creating-identities"),
)
def address_pending(subject: DeclaredAddress) -> RuleResult | None:
    """Look whether it is verified."""
    if not isinstance(subject.found, IdentityFacts) or subject.found.verification_status == SUCCESS:
        return None
    again = f"If the mail has not come: `{resend_command(subject.environment, subject.name, subject.region)}`."
    what = f"Follow the link in the mail from no-reply-aws@amazon.com for {subject.region}, which is good for 24 hours."
    return RuleResult(observed=subject.found.verification_status, fix=f"{what} {again}")


@rule(
    "address-mail-from-differs",
    Severity.WARNING,
    DeclaredAddress,
    meaning="Mail from the address goes by another MAIL FROM domain than its domain's, so SPF may not align.",
    condition="A declared address has another MAIL FROM domain in SES than the file has for its domain.",
    expected="the file's",
    observed="another, or none",
    fix="Set it as the file has it.",
    source=dg("mail-from"),
)
def address_mail_from_differs(subject: DeclaredAddress) -> RuleResult | None:
    """Compare the MAIL FROM domains."""
    mail_from, found = subject.wanted.mail_from, subject.found
    wanted = mail_from.name(subject.region) if mail_from else ""
    if not isinstance(found, IdentityFacts) or found.mail_from_domain == wanted or not wanted:
        return None
    place = f"--region {subject.region} --email-identity {quote(subject.name)} --mail-from-domain {wanted}"
    fix = f"Set it as the file has it: `aws sesv2 put-email-identity-mail-from-attributes {place}`."
    return RuleResult(wanted, found.mail_from_domain or "none", fix)


@rule(
    "address-identity-overrides-domain",
    Severity.WARNING,
    AddressSubject,
    meaning="Mail from this one address takes MAIL FROM, configuration set, feedback and policies from its own "
    "identity; DKIM is inherited from the domain, and can only be switched off there.",
    condition="ListEmailIdentities (all pages) has an address at the domain or below that is not under `addresses`. An "
    "address belongs to the longest listed domain that contains its host, on a label boundary.",
    expected="settings of the domain",
    observed="what the address has in their place",
    fix="List it under `addresses`, and `mailproof adopt` takes it into the stack; or, once the identity of the domain "
    "is verified, delete that of the address.",
    source=dg("creating-identities"),
)
def address_overrides_domain(subject: AddressSubject) -> RuleResult | None:
    """Report an address identity, with what it overrides."""
    command = f"`aws sesv2 delete-email-identity --region {subject.region} --email-identity {quote(subject.name)}`"
    fix = "List it under `addresses` of its domain, and `mailproof adopt` takes it into the stack."
    todo = f"Or, once the identity of the domain is verified, by which its mail then goes, delete it: {command}."
    return RuleResult(observed="; ".join(_overrides(subject)), fix=f"{fix} {todo}")


def _overrides(subject: AddressSubject) -> Iterator[str]:
    """Yield what an address has in the place of its domain's."""
    own, domain = subject.facts, subject.of_domain
    if own is None:
        yield "the address has settings of its own"
        return
    if own.verification_status != SUCCESS:
        yield f"the address is not verified ({own.verification_status})"
    yield _beside("MAIL FROM", own.mail_from_domain, domain.mail_from_domain if domain else None)
    yield _beside("configuration set", own.configuration_set, domain.configuration_set if domain else None)
    if not own.signing_enabled:
        yield "SigningEnabled is false, which for an address may mean that the domain decides"


def _beside(what: str, own: str, of_domain: str | None) -> str:
    domain = "" if of_domain is None else f" (the domain's: {of_domain or 'none'})"
    return f"{what} {own or 'none'}{domain}"
