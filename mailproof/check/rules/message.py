"""Rules about messages that `mailproof probe` has sent: what arrived, beside what the records let expect."""

from mailproof.check.finding import Severity
from mailproof.check.probed import Accepted, ProbedMessage, Refusal, SeenMessage
from mailproof.check.rule import RuleResult, api, dg, rule
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import remedy

ALL_RIGHT = "all records are right, and "
RFC_DKIM, RFC_DMARC = "RFC 6376 section 6.1", "RFC 9989 section 4.4"
REFUSALS = {
    "MessageRejected": "In the sandbox send to the simulator, or verify the recipient's address in this region; else "
    "`mailproof check` says what the identity lacks.",
    "MailFromDomainNotVerifiedException": "Put the MX of the MAIL FROM name right, which `mailproof check` names: the "
    "file asks that mail is refused without it.",
    "SendingPausedException": "Switch sending on again, for the account or for its configuration set in this region.",
    "AccountSuspendedException": "Resolve the case in the Support Center.",
    "NotFoundException": "Make the configuration set that the identity names, or take it away from the identity.",
}


@rule(
    "message-refused",
    Severity.ERROR,
    ProbedMessage,
    meaning="Whoever sends from this domain in this region gets the same error.",
    condition="SendEmail is refused, other than for want of permission.",
    expected="a message id",
    observed="the error",
    fix="Do what SES says, then run the same command again.",
    source=api("API_SendEmail"),
)
def message_refused(subject: ProbedMessage) -> RuleResult | None:
    """Look for a message that SES did not take on."""
    if not isinstance(subject.outcome, Refusal):
        return None
    why = subject.outcome
    return RuleResult(
        observed=f"{_although(subject)}SES refuses: {why.code} ({why.words})", fix=REFUSALS.get(why.code, "")
    )


@rule(
    "message-unanswered",
    Severity.UNKNOWN,
    ProbedMessage,
    meaning="Nothing is known of mail from this domain and region.",
    condition="SendEmail is not answered, or not permitted; or the key of a signature cannot be asked for.",
    expected="an answer",
    observed="what came instead",
    fix="Allow `ses:SendEmail` for this identity, then run the same command again.",
    source=api("API_SendEmail"),
)
def message_unanswered(subject: ProbedMessage) -> RuleResult | None:
    """Say what came instead of an answer."""
    if isinstance(subject.outcome, SeenMessage):
        unknown = [each for each in subject.outcome.broken if not each.is_asked]
        words = "; ".join(f"{each.name}: {each.problem}" for each in unknown)
        return (
            RuleResult(observed=words, fix="Ask again; if it stays, look at the zone's servers.") if unknown else None
        )
    if not isinstance(subject.outcome, Unanswered):
        return None
    return RuleResult(observed=str(subject.outcome), fix=remedy(subject.outcome))


@rule(
    "message-not-seen",
    Severity.UNKNOWN,
    ProbedMessage,
    meaning="It may be late, in another folder, or refused by the receiver: that it is lost is not known.",
    condition="SES has accepted a message, and it is not in the inbox when the time is up.",
    expected="the message in the inbox",
    observed="accepted, and not seen in time",
    fix="Look for it among spam, or with more time (`--folder`, `--timeout`); the receiver's refusal goes to "
    "whoever SES tells of bounces.",
    source=dg("monitor-sending-activity"),
)
def message_not_seen(subject: ProbedMessage) -> RuleResult | None:
    """Look for a message that was waited for in vain."""
    outcome = subject.outcome
    if not isinstance(outcome, Accepted) or outcome.waited_s is None:
        return None
    return RuleResult(observed=f"accepted as {outcome.message_id}, and not seen within {outcome.waited_s:.0f} s")


@rule(
    "message-mail-from-differs",
    Severity.WARNING,
    ProbedMessage,
    meaning="SPF does not count for the domain; DMARC depends on the signature alone.",
    condition="The file names a MAIL FROM name, and the message left with another.",
    expected="the MAIL FROM name of the file",
    observed="the one of the message",
    fix="Look at what `mailproof check` says of MAIL FROM; an identity of the address in From has a MAIL FROM name of "
    "its own, or that of SES.",
    source=dg("mail-from"),
    is_independent=True,
)
def message_mail_from_differs(subject: ProbedMessage) -> RuleResult | None:
    """Compare the sender of the envelope with the file."""
    seen, wanted = subject.outcome, subject.wanted_mail_from
    if not isinstance(seen, SeenMessage) or not wanted or seen.mail_from in {"", wanted}:
        return None
    words = f"{_although(subject)}mail from {subject.region} leaves with the MAIL FROM {seen.mail_from}"
    return RuleResult(expected=wanted, observed=words)


@rule(
    "message-not-signed",
    Severity.ERROR,
    ProbedMessage,
    meaning="No signature counts for the domain: DMARC passes by SPF alone, and not at all once mail is forwarded.",
    condition="No `DKIM-Signature` of the message is of the domain in From, or of one that aligns with it.",
    expected="a signature of the domain",
    observed="whose signatures it has",
    fix="Look at what `mailproof check` says of signing: it is switched off for the identity or for an identity of the "
    "address in From, or SES was looking for new records when the message left.",
    source=f"{RFC_DMARC}; {dg('send-email-authentication-dkim-easy')}",
)
def message_not_signed(subject: ProbedMessage) -> RuleResult | None:
    """Look for a message without a signature that counts."""
    seen = subject.outcome
    if not isinstance(seen, SeenMessage) or seen.aligned:
        return None
    signers = ", ".join(dict.fromkeys(each.domain for each in seen.signatures))
    words = f"is signed by {signers} alone" if signers else "is not signed"
    return RuleResult(observed=f"{_although(subject)}mail from {subject.region} {words}")


@rule(
    "message-signature-broken",
    Severity.ERROR,
    ProbedMessage,
    meaning="Receivers take the message for unsigned: DMARC passes by SPF alone, and not once it is forwarded.",
    condition="The message has signatures that would count for the domain, and none verifies.",
    expected="a signature that verifies",
    observed="why it does not",
    fix="Publish the key that signs, at the name that the signature has; if its key is right, something has "
    "changed the message on its way.",
    source=RFC_DKIM,
)
def message_signature_broken(subject: ProbedMessage) -> RuleResult | None:
    """Look for a message whose signatures do not verify."""
    seen = subject.outcome
    if not isinstance(seen, SeenMessage) or not seen.broken:
        return None
    words = "; ".join(f"{each.name} does not verify ({each.problem})" for each in seen.broken)
    return RuleResult(observed=f"{_although(subject)}{words}")


@rule(
    "message-dmarc-failed",
    Severity.ERROR,
    ProbedMessage,
    meaning="The receiver does with it what the domain's DMARC policy says.",
    condition="A signature of the message verifies here, and its receiver says that DMARC has failed.",
    expected="dmarc=pass",
    observed="what the receiver says",
    fix="Compare what it says of the signatures with what is found here: its DNS may still have older records.",
    source=f"{RFC_DMARC}; RFC 8601",
)
def message_dmarc_failed(subject: ProbedMessage) -> RuleResult | None:
    """Look for a receiver that judges otherwise."""
    seen = subject.outcome
    if not isinstance(seen, SeenMessage) or seen.verdicts.get("dmarc") != "fail":
        return None
    said = ", ".join(f"{method}={result}" for method, result in seen.verdicts.items())
    return RuleResult(observed=f"{seen.receiver} says {said}")


def _although(subject: ProbedMessage) -> str:
    return ALL_RIGHT if subject.is_right_by_records else ""
