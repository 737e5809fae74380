"""The CloudFormation resource AWS::SES::EmailIdentity."""

from typing import Any

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.ses.identities import create_identity, delete_identity, get_identity, set_tags, tags_of
from mailproof.localaws.ses.model import Identity
from mailproof.localaws.ses.settings import set_configuration_set, set_dkim_signing, set_mail_from
from mailproof.localaws.ses.status import dkim_record_name, refresh

Properties = dict[str, Any]
# Physical id and attributes, as ministack's handlers return them.
Created = tuple[str, dict[str, Any]]

TYPE = "AWS::SES::EmailIdentity"
SYSTEM_TAG = "aws:cloudformation:"
# The registry schema has additionalProperties: false.
PROPERTIES: dict[str, frozenset[str]] = {
    "EmailIdentity": frozenset(),
    "ConfigurationSetAttributes": frozenset({"ConfigurationSetName"}),
    "DkimAttributes": frozenset({"SigningEnabled"}),
    "DkimSigningAttributes": frozenset({"DomainSigningPrivateKey", "DomainSigningSelector", "NextSigningKeyLength"}),
    "FeedbackAttributes": frozenset({"EmailForwardingEnabled"}),
    "MailFromAttributes": frozenset({"MailFromDomain", "BehaviorOnMxFailure"}),
    "Tags": frozenset(),
}


def _check_properties(logical_id: str, props: Properties) -> None:
    extraneous = [f"#: extraneous key [{key}] is not permitted" for key in props if key not in PROPERTIES]
    for group, value in props.items():
        if isinstance(value, dict) and group in PROPERTIES:
            unknown = set(value) - PROPERTIES[group]
            extraneous += [f"#/{group}: extraneous key [{key}] is not permitted" for key in sorted(unknown)]
    if "EmailIdentity" not in props:
        extraneous.append("#: required key [EmailIdentity] not found")
    if extraneous:
        problems = "\n".join(extraneous)
        raise ServiceError(
            "InvalidRequest", f"Properties validation failed for resource {logical_id} with message:\n{problems}"
        )


def _configuration_set(props: Properties) -> str:
    return str((props.get("ConfigurationSetAttributes") or {}).get("ConfigurationSetName") or "")


def _attributes(identity: Identity) -> dict[str, Any]:
    """
    Return what Fn::GetAtt can read: the three DKIM records of Easy DKIM.

    What AWS returns there with an own key is not known, so those attributes do not exist then.
    """
    easy = identity["EasyDkim"]
    if easy is None or identity["Dkim"]["Origin"] == "EXTERNAL":
        return {}
    attributes = {}
    for number, token in enumerate(easy["Tokens"], start=1):
        attributes[f"DkimDNSTokenName{number}"] = dkim_record_name(token, identity["EmailIdentity"])
        attributes[f"DkimDNSTokenValue{number}"] = f"{token}.{easy['HostZone']}"
    return attributes


def create_email_identity(logical_id: str, props: Properties, stack_name: str) -> Created:
    """Create the identity; one that exists fails the resource and stays as it is."""
    _check_properties(logical_id, props)
    tags = [*(props.get("Tags") or []), *_system_tags(logical_id, stack_name)]
    options = {**props, "Tags": tags, "ConfigurationSetName": _configuration_set(props)}
    try:
        identity = create_identity(str(props["EmailIdentity"]), options)
    except ServiceError as err:
        if err.code == "AlreadyExistsException":
            message = f"Resource of type '{TYPE}' with identifier '{props['EmailIdentity']}' already exists."
            raise ServiceError(err.code, message) from err
        raise
    return identity["EmailIdentity"], _attributes(identity)


def _system_tags(logical_id: str, stack_name: str) -> list[dict[str, str]]:
    """
    Return the tags by which CloudFormation marks what it makes (``cloudFormationSystemTags`` in the type's schema).

    They outlive the stack. That of the stack's id is left out: its last part is random.
    """
    return [
        {"Key": f"{SYSTEM_TAG}stack-name", "Value": stack_name},
        {"Key": f"{SYSTEM_TAG}logical-id", "Value": logical_id},
    ]


def update_email_identity(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Created:  # noqa: ARG001 - ministack's signature
    """Change what differs between the two; what does not differ is not set up again."""
    _check_properties(physical_id, new)
    identity = get_identity(physical_id)
    if old.get("DkimSigningAttributes") != new.get("DkimSigningAttributes"):  # first, since SES may refuse it
        set_dkim_signing(identity, new.get("DkimSigningAttributes") or {})
    if old.get("MailFromAttributes") != new.get("MailFromAttributes"):
        set_mail_from(identity, new.get("MailFromAttributes") or {})
    if old.get("DkimAttributes") != new.get("DkimAttributes"):
        identity["Dkim"]["SigningEnabled"] = _switch(new.get("DkimAttributes"), "SigningEnabled")
    if old.get("FeedbackAttributes") != new.get("FeedbackAttributes"):
        identity["FeedbackForwardingStatus"] = _switch(new.get("FeedbackAttributes"), "EmailForwardingEnabled")
    if _configuration_set(old) != _configuration_set(new):
        set_configuration_set(identity, _configuration_set(new))
    if old.get("Tags") != new.get("Tags"):
        # Tags of others stay, as those of CloudFormation do: an update takes away what the template took away.
        own = {tag["Key"] for tag in [*(old.get("Tags") or []), *(new.get("Tags") or [])]}
        kept = [tag for tag in tags_of(identity) if tag["Key"] not in own]
        set_tags(identity, [*(new.get("Tags") or []), *kept])
    return physical_id, _attributes(identity)


def _switch(group: dict[str, Any] | None, member: str) -> bool:
    """Return a switch of a property group; both are on unless they are switched off."""
    return str((group or {}).get(member, True)).lower() == "true"


def delete_email_identity(physical_id: str, props: Properties) -> None:  # noqa: ARG001 - ministack's signature
    """Delete the identity; one that is gone counts as deleted."""
    try:
        delete_identity(physical_id)
    except ServiceError as err:
        if err.code != "NotFoundException":
            raise


def import_email_identity(identifier: dict[str, str]) -> Created:
    """Adopt an identity that exists."""
    identity = get_identity(identifier["EmailIdentity"])
    refresh(identity)
    return identity["EmailIdentity"], _attributes(identity)


def read_email_identity(physical_id: str, expected: Properties) -> Properties | None:
    """
    Return the properties of an identity as they are now, as far as the template sets them; None if it is gone.

    The key and selector of a domain's own key cannot be read (``writeOnlyProperties`` in the type's schema), so that
    they are never reported as different.

    Args:
        physical_id: Name of the identity.
        expected: Properties of the template.
    """
    try:
        identity = get_identity(physical_id)
    except ServiceError:
        return None
    mail_from = identity["MailFrom"]
    signing = {**expected.get("DkimSigningAttributes", {}), "NextSigningKeyLength": identity["Dkim"]["NextKeyLength"]}
    current: Properties = {
        "EmailIdentity": identity["EmailIdentity"],
        "ConfigurationSetAttributes": {"ConfigurationSetName": identity["ConfigurationSetName"]},
        "DkimAttributes": {"SigningEnabled": identity["Dkim"]["SigningEnabled"]},
        "DkimSigningAttributes": signing,
        "FeedbackAttributes": {"EmailForwardingEnabled": identity["FeedbackForwardingStatus"]},
        "MailFromAttributes": {name: value for name, value in mail_from.items() if value},
        "Tags": [tag for tag in tags_of(identity) if not tag["Key"].startswith("aws:")],
    }
    return {name: _as_expected(current[name], value) for name, value in expected.items() if name in current}


def _as_expected(current: Any, expected: Any) -> Any:
    """Return a value without what the template leaves open, and spelt like it where only the case of a name differs."""
    if isinstance(expected, dict):
        return {name: _as_expected(current[name], value) for name, value in expected.items() if name in current}
    same_name = isinstance(expected, str) and isinstance(current, str) and expected.lower() == current.lower()
    return expected if same_name else current


def find_identity_import_problem(name: str) -> str | None:
    """Return why an identity cannot be imported, or nothing."""
    try:
        get_identity(name)
    except ServiceError:
        return f"Resource of type '{TYPE}' with identifier '{name}' was not found."
    return None
