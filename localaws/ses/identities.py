"""Create, find and delete SES identities, for the API and for CloudFormation alike."""

from typing import Any

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.regions import ses_regions
from mailproof.localaws.ses.model import Identity, is_domain, new_identity, parse_identity_name, replica_source
from mailproof.localaws.ses.settings import set_configuration_set, set_dkim_signing, set_mail_from
from mailproof.localaws.upstream import responses, ses_v2


def create_identity(name: str, options: dict[str, Any]) -> Identity:
    """
    Create an identity in the caller's account and region.

    Args:
        name: Domain or address.
        options: The members of CreateEmailIdentity, and those of the Put calls under the names that CloudFormation
            gives them (MailFromAttributes, DkimAttributes, FeedbackAttributes).

    Raises:
        ServiceError: It exists, or an option is wrong; then nothing was made.
    """
    held = parse_identity_name(name)
    if responses.get_region() not in ses_regions():
        raise ServiceError("BadRequestException", f"SES is not available in {responses.get_region()}")
    if held in ses_v2._identities:
        raise ServiceError("AlreadyExistsException", f"Email identity {held} already exist.")
    identity = new_identity(held, responses.get_account_id(), responses.get_region())
    set_dkim_signing(identity, options.get("DkimSigningAttributes") or {})
    identity["Dkim"]["KeyLengthChangedAt"] = None  # what it begins with is no change
    if primary := find_primary(identity):
        identity["EasyDkim"] = primary["EasyDkim"]
    identity["Dkim"]["SigningEnabled"] = _flag(options, "DkimAttributes", "SigningEnabled", default=is_domain(held))
    set_mail_from(identity, options.get("MailFromAttributes") or {})
    identity["FeedbackForwardingStatus"] = _flag(options, "FeedbackAttributes", "EmailForwardingEnabled", default=True)
    set_configuration_set(identity, options.get("ConfigurationSetName") or "")
    ses_v2._identities[held] = identity
    ses_v2._ses_tags[_arn(held)] = list(options.get("Tags") or [])
    return identity


def _flag(options: dict[str, Any], group: str, member: str, *, default: bool) -> bool:
    value = (options.get(group) or {}).get(member, default)
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _arn(name: str) -> str:
    arn: str = ses_v2._resource_arn("identity", name)
    return arn


def get_identity(name: str) -> Identity:
    """
    Return an identity of the caller's account and region.

    Raises:
        ServiceError: There is none of that name.
    """
    identity = find_identity(name)
    if identity is None:
        raise ServiceError("NotFoundException", f"Email identity {name} does not exist.", status=404)
    return identity


def find_identity(name: str) -> Identity | None:
    """Return an identity of the caller's account and region, if there is one of that name."""
    local, at, domain = name.rpartition("@")
    identity: Identity | None = ses_v2._identities.get(f"{local}{at}{domain.lower()}")
    return identity


def delete_identity(name: str) -> None:
    """
    Delete an identity of the caller's account and region.

    Raises:
        ServiceError: There is none, or others are its replicas; which error AWS gives then is not documented.
    """
    identity = get_identity(name)
    held = identity["EmailIdentity"]
    if replicas := sorted(other["Region"] for other in all_identities() if find_named_primary(other) is identity):
        raise ServiceError("BadRequestException", f"Identity {held} has replicas in {', '.join(replicas)}")
    ses_v2._identities.pop(held, None)
    ses_v2._ses_tags.pop(_arn(held), None)


def all_identities() -> list[Identity]:
    """Return the identities of all accounts and regions."""
    return list(ses_v2._identities._data.values())


def own_identities() -> list[Identity]:
    """Return the identities of the caller's account and region, by name."""
    return sorted(ses_v2._identities.values(), key=lambda identity: str(identity["EmailIdentity"]))


def tags_of(identity: Identity) -> list[dict[str, str]]:
    """Return the tags of an identity."""
    return list(ses_v2._ses_tags.get(_arn(identity["EmailIdentity"]), []))


def set_tags(identity: Identity, tags: list[dict[str, str]]) -> None:
    """Replace the tags of an identity."""
    ses_v2._ses_tags[_arn(identity["EmailIdentity"])] = list(tags)


def find_named_primary(identity: Identity) -> Identity | None:
    """Return the identity that a replica names for its parent, whatever it is; None of any other."""
    key = (identity["Account"], replica_source(identity["Dkim"]["Origin"]), identity["EmailIdentity"])
    primary: Identity | None = ses_v2._identities._data.get(key)
    return primary


def find_primary(identity: Identity) -> Identity | None:
    """Return the identity whose keys a replica uses, if it can serve as one: Easy DKIM, itself no replica."""
    primary = find_named_primary(identity)
    return primary if primary and primary["Dkim"]["Origin"] == "AWS_SES" else None


def replication_error(identity: Identity) -> str:
    """Return why a replica cannot use the keys of its parent; empty if it can, and for any other identity."""
    source = replica_source(identity["Dkim"]["Origin"])
    if not source or find_primary(identity):
        return ""
    if source not in ses_regions():
        return "REPLICATION_PRIMARY_INVALID_REGION"
    primary = find_named_primary(identity)
    if primary is None:
        return "REPLICATION_PRIMARY_NOT_FOUND"
    is_own = primary["Dkim"]["Origin"] == "EXTERNAL"
    reason = "PRIMARY_BYO_DKIM_NOT_SUPPORTED" if is_own else "REPLICA_AS_PRIMARY_NOT_SUPPORTED"
    return f"REPLICATION_{reason}"
