"""An identity as the SES API shows it."""

from typing import Any

from mailproof.localaws import clock
from mailproof.localaws.dns.zones import zone_for
from mailproof.localaws.ses.identities import tags_of
from mailproof.localaws.ses.model import Identity, Search


def build_view(identity: Identity) -> dict[str, Any]:
    """Return the answer of GetEmailIdentity; the states are those of the last look at DNS."""
    view = {
        "IdentityType": identity["IdentityType"],
        "FeedbackForwardingStatus": identity["FeedbackForwardingStatus"],
        "VerifiedForSendingStatus": identity["VerifiedForSendingStatus"],
        "VerificationStatus": verification_status(identity),
        "VerificationInfo": _build_verification_info(identity),
        "DkimAttributes": build_dkim_view(identity),
        "MailFromAttributes": _build_mail_from_view(identity),
        "Policies": {},
        "Tags": tags_of(identity),
    }
    if identity["ConfigurationSetName"]:
        view["ConfigurationSetName"] = identity["ConfigurationSetName"]
    return view


def build_summary(identity: Identity) -> dict[str, Any]:
    """Return one entry of ListEmailIdentities."""
    return {
        "IdentityType": identity["IdentityType"],
        "IdentityName": identity["EmailIdentity"],
        "SendingEnabled": identity["VerifiedForSendingStatus"],
        "VerificationStatus": verification_status(identity),
    }


def verification_status(identity: Identity) -> str:
    """Return whether the identity is proved to be the caller's."""
    if identity["IdentityType"] == "DOMAIN":
        return identity["DkimSearch"]["Status"]
    if identity["VerifiedForSendingStatus"]:
        return "SUCCESS"
    # An address is proved by a click on a link in a mail.
    return "FAILED" if clock.now() - identity["MailSentAt"] > clock.LINK_LIMIT_S else "PENDING"


def build_dkim_view(identity: Identity) -> dict[str, Any]:
    """Return DkimAttributes."""
    dkim, easy = identity["Dkim"], identity["EasyDkim"]
    view: dict[str, Any] = {
        "SigningEnabled": dkim["SigningEnabled"],
        "Status": identity["DkimSearch"]["Status"],
        "SigningAttributesOrigin": dkim["Origin"],
    }
    if dkim["Origin"] == "EXTERNAL":
        return {**view, "Tokens": [dkim["Selector"]]}
    view["Tokens"] = list(easy["Tokens"]) if easy else []
    if easy is not None:
        view["SigningHostedZone"] = easy["HostZone"]
        view["CurrentSigningKeyLength"] = dkim["CurrentKeyLength"]
        view["NextSigningKeyLength"] = dkim["NextKeyLength"]
        view["LastKeyGenerationTimestamp"] = dkim["KeyGeneratedAt"]
    return view


def _build_mail_from_view(identity: Identity) -> dict[str, Any]:
    view: dict[str, Any] = {"BehaviorOnMxFailure": identity["MailFrom"]["BehaviorOnMxFailure"]}
    if identity["MailFrom"]["MailFromDomain"]:
        view["MailFromDomain"] = identity["MailFrom"]["MailFromDomain"]
        view["MailFromDomainStatus"] = identity["MailFromSearch"]["Status"]
    return view


def _build_verification_info(identity: Identity) -> dict[str, Any]:
    search: Search = identity["DkimSearch"]
    info: dict[str, Any] = {"LastCheckedTimestamp": search["CheckedAt"] or clock.now()}
    if search["SucceededAt"] is not None:
        info["LastSuccessTimestamp"] = search["SucceededAt"]
    if search["ErrorType"]:
        info["ErrorType"] = search["ErrorType"]
    zone = zone_for(identity["EmailIdentity"].rpartition("@")[2])
    soa = next((record for record in zone.at(zone.name) if record["Type"] == "SOA"), None) if zone else None
    if soa:
        primary, admin, serial, *_ = soa["ResourceRecords"][0].split()
        info["SOARecord"] = {"PrimaryNameServer": primary, "AdminEmail": admin, "SerialNumber": int(serial)}
    return info
