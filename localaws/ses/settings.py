"""Settings of an identity: signing, MAIL FROM and the default configuration set."""

import re
from typing import Any

from mailproof.localaws import clock
from mailproof.localaws.errors import ServiceError
from mailproof.localaws.names import host_name, is_within
from mailproof.localaws.regions import dkim_host_zone
from mailproof.localaws.ses.keys import KEY_LENGTHS, derive_published_key
from mailproof.localaws.ses.model import Identity, dkim_tokens, new_search, parse_identity_name, replica_source
from mailproof.localaws.upstream import ses_v2

# API_DkimSigningAttributes: one label, without an underscore.
_SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_MX_BEHAVIOURS = frozenset({"USE_DEFAULT_VALUE", "REJECT_MESSAGE"})


def set_dkim_signing(identity: Identity, attributes: dict[str, Any]) -> None:
    """
    Set how mail is signed, and begin to look for the records (again).

    Args:
        identity: Is changed.
        attributes: DkimSigningAttributes: nothing for Easy DKIM, a selector and private key for an own key, or
            DomainSigningAttributesOrigin for a replica of another region's identity (DEED).

    Raises:
        ServiceError: The attributes contradict each other, or the identity is an address.
    """
    dkim = identity["Dkim"]
    origin = attributes.get("DomainSigningAttributesOrigin") or "AWS_SES"
    selector, private_key = attributes.get("DomainSigningSelector"), attributes.get("DomainSigningPrivateKey")
    length = attributes.get("NextSigningKeyLength") or dkim["NextKeyLength"]
    if length not in KEY_LENGTHS:
        raise ServiceError("BadRequestException", f"Invalid NextSigningKeyLength: {length}")
    if length != dkim["NextKeyLength"]:
        _refuse_second_change(identity)
    if bool(selector) != bool(private_key):
        raise ServiceError("BadRequestException", "DomainSigningSelector and DomainSigningPrivateKey go together")
    if identity["IdentityType"] != "DOMAIN":
        identity["DkimSearch"] = new_search("NOT_STARTED")
        return
    account, domain = identity["Account"], identity["EmailIdentity"]
    if selector and not _SELECTOR.fullmatch(selector):
        raise ServiceError("BadRequestException", f"Invalid DomainSigningSelector: {selector}")
    published_key = derive_published_key(private_key) if private_key else ""
    dkim["Selector"], dkim["PublishedKey"], dkim["PrivateKey"] = selector or "", published_key, private_key or ""
    dkim["WasVerified"] = identity["VerifiedForSendingStatus"]
    if selector:
        origin = "EXTERNAL"
    elif replica_source(origin):
        source = replica_source(origin)
        identity["EasyDkim"] = {"Tokens": dkim_tokens(account, source, domain), "HostZone": dkim_host_zone(source)}
    elif origin != "AWS_SES":
        raise ServiceError("BadRequestException", f"Invalid DomainSigningAttributesOrigin: {origin}")
    if length != dkim["NextKeyLength"]:
        dkim["KeyLengthChangedAt"] = clock.now()
    dkim["Origin"] = origin
    dkim["CurrentKeyLength"] = dkim["NextKeyLength"] = length
    dkim["KeyGeneratedAt"] = clock.now()
    identity["DkimSearch"] = new_search("PENDING")


def _refuse_second_change(identity: Identity) -> None:
    """
    Refuse another change of the key length too soon; the words are ours, since AWS documents none.

    Raises:
        ServiceError: The last change was less than a day ago.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimSigningAttributes.html
    """
    changed_at = identity["Dkim"]["KeyLengthChangedAt"]
    if changed_at is not None and clock.now() - changed_at < clock.KEY_LENGTH_LIMIT_S:
        message = f"The signing key length of {identity['EmailIdentity']} can be changed at most once per day."
        raise ServiceError("BadRequestException", message)


def set_mail_from(identity: Identity, attributes: dict[str, Any]) -> None:
    """
    Set or remove the MAIL FROM domain, and begin to look for its MX record (again).

    Raises:
        ServiceError: It is not strictly below the identity's domain, or the behaviour is unknown.
    """
    behaviour = attributes.get("BehaviorOnMxFailure") or "USE_DEFAULT_VALUE"
    if behaviour not in _MX_BEHAVIOURS:
        raise ServiceError("BadRequestException", f"Invalid BehaviorOnMxFailure: {behaviour}")
    mail_from = str(attributes.get("MailFromDomain") or "")
    owner = identity["EmailIdentity"].rpartition("@")[2]
    if mail_from:
        held = host_name(mail_from)
        if mail_from.endswith(".") or not is_within(held, owner) or held == owner:
            raise ServiceError(
                "BadRequestException",
                f"Provided MAIL-FROM domain <{mail_from}> is not subdomain of the domain of the identity <{owner}>.",
            )
        parse_identity_name(held)
    identity["MailFrom"] = {"MailFromDomain": mail_from.lower(), "BehaviorOnMxFailure": behaviour}
    identity["MailFromSearch"] = new_search("PENDING" if mail_from else "NOT_STARTED")


def set_configuration_set(identity: Identity, name: str) -> None:
    """
    Set or remove the default configuration set.

    Raises:
        ServiceError: There is none of that name.
    """
    if name and name not in ses_v2._config_sets:
        raise missing_configuration_set(name)
    identity["ConfigurationSetName"] = name


def missing_configuration_set(name: str) -> ServiceError:
    """Return the error of a configuration set that does not exist."""
    return ServiceError("NotFoundException", f"Configuration set <{name}> does not exist.", status=404)
