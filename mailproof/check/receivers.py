"""Judge what large receivers ask for by what a check found; what no check can know is not judged."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mailproof.check.finding import CheckedIdentity, CheckReport, Finding, Severity
from mailproof.check.receiver_verdict import READ_ON, Receiver, ReceiverVerdict, Verdict
from mailproof.live.aws.ses_facts import SUCCESS
from mailproof.model.domain import REJECT
from mailproof.model.names import dmarc_domain, is_within

# How the ids of rules begin that are about one part. Others are about the record at a name, or about everything.
_ABOUT = {
    **dict.fromkeys(("dkim-", "identity-", "ses-"), "DKIM"),
    **dict.fromkeys(("mail-from-", "spf-", "mx-"), "SPF"),
    "dmarc-": "DMARC",
    "mta-sts-": "mail to the domain",
}
RECORDS = frozenset({"CNAME", "MX", "TXT"})
OTHER = "another record of the domain"

# States of a MAIL FROM name at SES, and in the file, at which mail leaves with SES's own.
NOT_IN_FORCE = frozenset({"FAILED", "MISSING", "PENDING", "TEMPORARY_FAILURE"})


@dataclass(slots=True)
class _Mail:
    """The mail of one domain: its identities, and what was found about it, its zone and its regions."""

    identities: list[CheckedIdentity] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def found(self, part: str) -> tuple[Verdict, str] | None:
        """Return what the findings about SPF, DKIM or DMARC mean, the worst first; None if there are none."""
        for severity, verdict in ((Severity.ERROR, Verdict.FAIL), (Severity.UNKNOWN, Verdict.NOT_JUDGED)):
            found = [f for f in self.findings if f.severity is severity and _about(f) in {part, None}]
            found = [finding for finding in found if not self._is_without_effect(finding)]
            if found:
                return verdict, ", ".join(dict.fromkeys(_where(finding) for finding in found))
        return None

    def _is_without_effect(self, finding: Finding) -> bool:
        """
        Tell whether a fault of a MAIL FROM name touches no mail: SES uses its own where the name is not in force.

        Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html; with REJECT_MESSAGE mail is refused instead
        """
        concerned = [one for one in self.identities if finding.region in {one.region, None}]
        falls_back = concerned and all(one.mail_from in NOT_IN_FORCE for one in concerned)
        return bool(falls_back) and finding.rule.startswith("mail-from-") and REJECT not in finding.observed

    def without(self, state: str) -> str:
        """List the regions in which SES says of DKIM or MAIL FROM that it is not verified."""
        return ", ".join(i.region for i in self.identities if getattr(i, state) != SUCCESS)


def _about(finding: Finding) -> str | None:
    """Return the part of authentication that a finding is about; None if all depends on it."""
    for start, part in _ABOUT.items():
        if finding.rule.startswith(start):
            return part
    name = finding.name or ""
    if "_domainkey" in name:
        return "DKIM"
    if dmarc_domain(name):
        return "DMARC"
    if finding.type not in RECORDS:
        return None
    # The records of a MAIL FROM name are MX and TXT of a host name below the domain.
    is_other = finding.type == "CNAME" or name == finding.domain or "_" in name
    return OTHER if is_other else "SPF"


def _where(finding: Finding) -> str:
    return f"{finding.rule} ({finding.region})" if finding.region else finding.rule


def _spf(mail: _Mail) -> tuple[Verdict, str]:
    if found := mail.found("SPF"):
        return found
    behind = mail.without("mail_from")
    own = f"by SES's own MAIL FROM domain, which does not align ({behind})"
    return Verdict.PASS, own if behind else "of the MAIL FROM domain, which aligns"


def _dkim(mail: _Mail) -> tuple[Verdict, str]:
    if found := mail.found("DKIM"):
        return found
    behind = mail.without("dkim")
    return (Verdict.FAIL, f"not verified: {behind}") if behind else (Verdict.PASS, "by the From domain's own signature")


def _dmarc(mail: _Mail) -> tuple[Verdict, str]:
    return mail.found("DMARC") or (Verdict.PASS, "a policy is in force")


def _aligned(mail: _Mail) -> tuple[Verdict, str]:
    dkim, by_spf = _dkim(mail), not mail.found("SPF") and not mail.without("mail_from")
    if dkim[0] is Verdict.PASS:
        return Verdict.PASS, "by DKIM and SPF" if by_spf else "by DKIM alone"
    return (Verdict.PASS, "by SPF alone") if by_spf else dkim


def _key(mail: _Mail) -> tuple[Verdict, str]:
    dkim = _dkim(mail)
    if dkim[0] is not Verdict.PASS:
        return dkim
    short = any(finding.rule == "dkim-key-1024" for finding in mail.findings)
    return Verdict.PASS, "1024 bits; 2048 are advised" if short else "2048 bits"


_BY_SES = (Verdict.PASS, "by SES's own servers")
_IN_MESSAGES = (Verdict.NOT_JUDGED, "it is in each message, not in DNS")
_IN_METRICS = (Verdict.NOT_JUDGED, "ask the receiver's own tools; Gmail tells SES of no complaint")
_VOLUME = (Verdict.NOT_JUDGED, "how much is sent is not asked")

_ALL = tuple(Receiver)
_REQUIREMENTS = (
    ("SPF passes", _spf, _ALL),
    ("DKIM passes", _dkim, _ALL),
    ("DMARC record, at least p=none", _dmarc, _ALL),
    ("From aligned by SPF or DKIM", _aligned, (Receiver.GMAIL, Receiver.YAHOO, Receiver.MICROSOFT)),
    ("DKIM key of at least 1024 bits", _key, (Receiver.GMAIL, Receiver.YAHOO)),
    ("Reverse DNS of the sending servers", lambda _: _BY_SES, (Receiver.GMAIL, Receiver.YAHOO, Receiver.APPLE)),
    ("TLS", lambda _: _BY_SES, (Receiver.GMAIL,)),
    ("Form of messages (RFC 5322)", lambda _: _IN_MESSAGES, (Receiver.GMAIL, Receiver.YAHOO)),
    ("Unsubscription, of marketing mail", lambda _: _IN_MESSAGES, _ALL),
    ("Spam rate below 0.3 %", lambda _: _IN_METRICS, (Receiver.GMAIL, Receiver.YAHOO)),
    ("Whether these apply: 5,000 messages a day", lambda _: _VOLUME, (Receiver.GMAIL, Receiver.MICROSOFT)),
)
REQUIREMENTS = tuple(name for name, _, _ in _REQUIREMENTS)


def with_receivers(report: CheckReport) -> CheckReport:
    """Return a report that also says whether its domains meet what large receivers ask for."""
    return replace(report, receivers=tuple(judge_receivers(report)))


def judge_receivers(report: CheckReport) -> Iterator[ReceiverVerdict]:
    """Yield a verdict on each requirement of each receiver, for each domain of a report."""
    for (environment, domain), mail in _by_domain(report).items():
        for requirement, judge, receivers in _REQUIREMENTS:
            verdict, reason = judge(mail)
            for receiver in Receiver:
                judged = (verdict, reason) if receiver in receivers else (Verdict.NOT_ASKED, "")
                yield ReceiverVerdict(environment, domain, receiver, requirement, *judged, receiver.page, READ_ON)


def _by_domain(report: CheckReport) -> dict[tuple[str, str], _Mail]:
    mails: defaultdict[tuple[str, str], _Mail] = defaultdict(_Mail)
    for identity in report.identities:
        mails[identity.environment, identity.domain].identities.append(identity)
    for finding in report.findings:
        if finding.domain:
            mails[finding.environment, finding.domain].findings.append(finding)
            continue
        for (environment, domain), mail in mails.items():
            if environment == finding.environment and _concerns(finding, domain, mail):
                mail.findings.append(finding)
    return {key: mail for key, mail in mails.items() if mail.identities}


def _concerns(finding: Finding, domain: str, mail: _Mail) -> bool:
    """Tell whether a finding of a whole zone or region concerns a domain."""
    if finding.region:
        return any(identity.region == finding.region for identity in mail.identities)
    return finding.name is None or is_within(domain, finding.name)
