"""Rules about what DNS has of other mail, at MAIL FROM names and at the domains themselves."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.subjects import ApexSpf, MailFromInUse, NullMxLeft
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.check.rules.mail_from import ANOTHER_NAME, fix_of_others
from mailproof.model import pages


@rule(
    "preflight-mail-from-in-use",
    Severity.ERROR,
    MailFromInUse,
    meaning="The name receives other mail: SES does not verify it, and mail sent there would get lost.",
    condition="There is an MX at the MAIL FROM name that is not SES's.",
    expected="a name without an MX",
    observed="its MX",
    fix=ANOTHER_NAME,
    source=dg("mail-from"),
)
def mail_from_in_use(subject: MailFromInUse) -> RuleResult | None:
    """Report the MX."""
    fix = fix_of_others(subject.name, subject.found, subject.wanted)
    return RuleResult(observed=", ".join(subject.hosts), fix=fix)


@rule(
    "preflight-apex-spf",
    Severity.INFO,
    ApexSpf,
    meaning="SPF of the domain itself serves its other mail; SES mail never uses it, and a deployment keeps it.",
    condition="The domain itself has an SPF record.",
    expected="as it is",
    observed="the record",
    fix="Nothing to do for SES: keep it for the domain's other mail.",
    source=dg("mail-from"),
)
def apex_spf(subject: ApexSpf) -> RuleResult | None:
    """Show the record."""
    return RuleResult(observed=" and ".join(subject.texts)) if subject.texts else None


@rule(
    "preflight-null-mx",
    Severity.WARNING,
    NullMxLeft,
    meaning="The domain says that it takes no mail, and some receivers refuse mail from such a domain.",
    condition="A sending domain has a null MX (`0 .`): it was parked, perhaps.",
    expected="an MX, or none",
    observed="MX 0 .",
    fix=f"Take the null MX away before mail is sent, or put the domain's own MX in its place; {pages.PARKED_DOMAINS} "
    "has the order of the steps.",
    source="RFC 7505 section 4.2",
)
def null_mx_left(subject: NullMxLeft) -> RuleResult:  # noqa: ARG001 -- the subject says it
    """Report it."""
    return RuleResult()
