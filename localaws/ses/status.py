"""
Verification state of identities, worked out from DNS whenever one is read.

A search goes through these states:

    PENDING -> SUCCESS              the records are right
    PENDING -> FAILED               72 hours without them, or (MAIL FROM) several MX records or a wrong one
    SUCCESS -> TEMPORARY_FAILURE    they are gone or wrong
    TEMPORARY_FAILURE -> SUCCESS    they are right again
    TEMPORARY_FAILURE -> FAILED     72 hours more without them
    FAILED                          stays, whatever DNS answers, until set-up is started again

The limit of 72 hours and FAILED being final are documented for PENDING (Amazon SES developer guide, creating-identities
and mail-from). That a record lost later leads over TEMPORARY_FAILURE, and which ErrorType AWS gives when, is inferred.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mailproof.localaws import clock
from mailproof.localaws.dns.lookup import Answer, look_up
from mailproof.localaws.names import host_name
from mailproof.localaws.regions import feedback_hosts
from mailproof.localaws.ses.identities import all_identities, replication_error
from mailproof.localaws.ses.model import Identity, Search


@dataclass(frozen=True)
class Sight:
    """Result of one look at DNS; no error type means that all is right."""

    error_type: str = ""
    hopeless: bool = False


def pin(search: Search, status: str | None) -> None:
    """Hold a state whatever DNS answers, for states that DNS alone does not cause; None lets it follow DNS again."""
    search["Pinned"] = status is not None
    search["Status"], search["ErrorType"] = status or "PENDING", ""


def refresh(identity: Identity) -> None:
    """Look at DNS and bring the states of an identity up to date."""
    if identity["IdentityType"] == "DOMAIN":
        _update(identity["DkimSearch"], _look_at_dkim(identity))
        identity["VerifiedForSendingStatus"] = _may_send(identity)
    if identity["MailFrom"]["MailFromDomain"]:
        _update(identity["MailFromSearch"], _look_at_mail_from(identity["MailFrom"]["MailFromDomain"]))


def _may_send(identity: Identity) -> bool:
    """
    Tell whether SES sends mail of a domain: it is verified, or was when its way to sign changed.

    Source: Amazon SES developer guide, send-email-authentication-dkim-bring-your-own ("may be sent without a DKIM
    signature"); that the identity stays verified meanwhile is inferred from that, and that it does so for the 72 hours
    after its records are lost.
    """
    status = identity["DkimSearch"]["Status"]
    return status in {"SUCCESS", "TEMPORARY_FAILURE"} or (status == "PENDING" and identity["Dkim"]["WasVerified"])


def refresh_all() -> None:
    """Bring all identities up to date, as SES does over time; for when the clock is set ahead."""
    for identity in all_identities():
        refresh(identity)


def dkim_record_name(selector: str, domain: str) -> str:
    """Return the name of a DKIM record (RFC 6376 section 3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def _look_at_dkim(identity: Identity) -> Sight:
    dkim, domain, easy = identity["Dkim"], identity["EmailIdentity"], identity["EasyDkim"]
    if dkim["Origin"] == "EXTERNAL":
        answer = look_up(dkim_record_name(dkim["Selector"], domain), "TXT")
        return Sight(_judge_key(answer, dkim["PublishedKey"]))
    if error := replication_error(identity):
        return Sight(error, hopeless=True)
    if easy is None:
        return Sight("HOST_NOT_FOUND")
    return Sight(
        _first(
            _judge_target(look_up(dkim_record_name(token, domain), "CNAME"), f"{token}.{easy['HostZone']}")
            for token in easy["Tokens"]
        )
    )


def _first(error_types: Iterable[str]) -> str:
    return next(filter(None, error_types), "")


def _judge_target(answer: Answer, target: str) -> str:
    targets = [host_name(value) for value in answer.values("CNAME")]
    return _judge_absence(answer) if not targets else "" if targets[0] == target else "INVALID_VALUE"


def _judge_key(answer: Answer, published_key: str) -> str:
    texts = ["".join(value.split('"')[1::2]) for value in answer.values("TXT")]
    tags = [tag.strip() for text in texts for tag in text.split(";")]
    return _judge_absence(answer) if not texts else "" if f"p={published_key}" in tags else "INVALID_VALUE"


def _judge_absence(answer: Answer) -> str:
    """Return the ErrorType of a look-up that found nothing; a name outside every zone does not exist anywhere."""
    if answer.outcome == "nxdomain":
        return "HOST_NOT_FOUND"
    return "DNS_SERVER_ERROR" if answer.outcome in ("servfail", "referral") else "TYPE_NOT_FOUND"


def _look_at_mail_from(mail_from: str) -> Sight:
    answer = look_up(mail_from, "MX")
    hosts = [host_name(value.split()[-1]) for value in answer.values("MX")]
    if not hosts:
        return Sight(_judge_absence(answer))
    wrong = len(hosts) > 1 or hosts[0] not in feedback_hosts()
    return Sight("INVALID_VALUE", hopeless=True) if wrong else Sight()


def _update(search: Search, sight: Sight) -> None:
    now = clock.now()
    search["CheckedAt"] = now
    if search["Pinned"] or search["Status"] == "FAILED":
        return
    search["ErrorType"] = sight.error_type
    if not sight.error_type:
        search["Status"], search["SucceededAt"], search["MissingSince"] = "SUCCESS", now, None
    elif search["SucceededAt"] is None:
        late = now - search["StartedAt"] > clock.SEARCH_LIMIT_S
        search["Status"] = "FAILED" if late or sight.hopeless else "PENDING"
    else:
        _lose(search, now)


def _lose(search: Search, now: float) -> None:
    missing_since = search["MissingSince"] or now
    search["MissingSince"] = missing_since
    search["Status"] = "FAILED" if now - missing_since > clock.SEARCH_LIMIT_S else "TEMPORARY_FAILURE"
