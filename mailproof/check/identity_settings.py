"""What a template can set of an identity and SES tells: one list, by which both are compared and by which it is set."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailproof.live.aws.ses import (
    set_configuration_set,
    set_forwarding,
    set_mail_from,
    set_signing,
    sign_with_key_of_ses,
)
from mailproof.live.aws.ses_facts import IdentityFacts, replica_origin
from mailproof.model.names import host_name
from mailproof.template.contents import Resource, parent_region

Properties = Mapping[str, Any]
"""Properties of an identity in a template."""

OF_SES = "AWS_SES"
SIGNING_ATTRIBUTES = "DkimSigningAttributes"
ORIGIN = "DomainSigningAttributesOrigin"
DEFAULT_BEHAVIOUR = "USE_DEFAULT_VALUE"
REJECT = "REJECT_MESSAGE"
NO_MAIL_FROM = "no MAIL FROM"
LENGTH_REFUSED = "SES takes one change of the key length in 24 hours: run the same again after that"


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One setting of an identity.

    Attributes:
        wanted: Reads it in a template, in words; None if the template leaves it open.
        found: Reads it in SES's answer, in the same words; None if SES does not tell.
        put: Sets it as a template has it, given a client and the domain.
        refusal: What SES means if it refuses the value; empty if nothing is known of that.
        asked: Reads it in what a file asks for, where that tells more than a template does; None if it does not.
    """

    wanted: Callable[[Properties], str | None]
    found: Callable[[IdentityFacts], str | None]
    put: Callable[[Any, str, Properties], None]
    refusal: str = ""
    asked: Callable[[Properties], str] | None = None


def differences(deployed: Properties, asked: Properties, found: IdentityFacts) -> Iterator[tuple[Setting, str, str]]:
    """
    Compare an identity with its resource.

    Args:
        deployed: Of the template in force, by `settings_of`; what it leaves open is not compared.
        asked: As the file has it: what is so already, the next deployment brings the stack along for.
        found: The identity.

    Yields:
        A setting that differs, what the template holds, and what there is.
    """
    # How an address is signed follows from its domain.
    is_address = "@" in str(deployed.get("EmailIdentity"))
    for setting in SETTINGS[SIGNING_SETTINGS:] if is_address else SETTINGS:
        wanted, there = setting.wanted(deployed), setting.found(found)
        by_file = (setting.asked or setting.wanted)(asked)
        if wanted is not None and there is not None and there not in {wanted, by_file}:
            yield setting, wanted, there


def _is_on(value: Any) -> bool:
    return str(value).lower() == "true"


def _signing(properties: Properties) -> bool:
    return _is_on(properties.get("DkimAttributes", {}).get("SigningEnabled", True))


def _show_signing(*, on: bool) -> str:
    return "mail is signed" if on else "signing is off"


def settings_of(identity: Resource) -> Properties:
    """Return the properties of an identity of a template, and what it is a replica of, as the API would be told it."""
    properties: Properties = identity.get("Properties", {})
    parent = parent_region(identity)
    return {**properties, SIGNING_ATTRIBUTES: {ORIGIN: replica_origin(parent)}} if parent else properties


def _origin(properties: Properties) -> str | None:
    """Return whose key signs; a key of the customer's cannot be read, so that nothing is said of it."""
    return None if _has_own_key(properties) else _asked_origin(properties)


def _asked_origin(properties: Properties) -> str:
    origin = str(properties.get(SIGNING_ATTRIBUTES, {}).get(ORIGIN, OF_SES))
    return _show_origin("EXTERNAL" if _has_own_key(properties) else origin)


def _has_own_key(properties: Properties) -> bool:
    return "DomainSigningSelector" in properties.get(SIGNING_ATTRIBUTES, {})


def _found_origin(found: IdentityFacts) -> str:
    return _show_origin(found.signing_origin)


def _show_origin(origin: str) -> str:
    keys = {OF_SES: "keys of SES", "EXTERNAL": "a key of yours (BYODKIM)"}
    return f"signing with {keys.get(origin, f'keys of another region ({origin})')}"


def _length(properties: Properties) -> str | None:
    length = properties.get(SIGNING_ATTRIBUTES, {}).get("NextSigningKeyLength")
    return f"keys of {length}" if length else None


def _found_length(found: IdentityFacts) -> str | None:
    length = (found.next_key_length or found.key_length) if found.signing_origin == OF_SES else ""
    return f"keys of {length}" if length else None


def _put_key(client: Any, domain: str, properties: Properties) -> None:
    sign_with_key_of_ses(client, domain, properties.get(SIGNING_ATTRIBUTES, {}).get("NextSigningKeyLength", ""))


def _mail_from(properties: Properties) -> tuple[str, str]:
    mail_from = properties.get("MailFromAttributes", {})
    is_strict = str(mail_from.get("BehaviorOnMxFailure")).upper() == REJECT
    return host_name(str(mail_from.get("MailFromDomain") or "")), REJECT if is_strict else DEFAULT_BEHAVIOUR


def _wanted_mail_from(properties: Properties) -> str | None:
    name, behaviour = _mail_from(properties)
    return f"MAIL FROM {name}, {behaviour}" if name else None


def _found_mail_from(found: IdentityFacts) -> str:
    behaviour = REJECT if found.rejects_on_mx_failure else DEFAULT_BEHAVIOUR
    return f"MAIL FROM {found.mail_from_domain}, {behaviour}" if found.mail_from_domain else NO_MAIL_FROM


def _configuration_set(properties: Properties) -> str:
    return str(properties.get("ConfigurationSetAttributes", {}).get("ConfigurationSetName") or "")


def _show_configuration_set(name: str) -> str:
    return f"default configuration set {name!r}" if name else "no default configuration set"


def _forwarding(properties: Properties) -> bool | None:
    value = properties.get("FeedbackAttributes", {}).get("EmailForwardingEnabled")
    return None if value is None else _is_on(value)


def _show_forwarding(*, on: bool | None) -> str | None:
    return None if on is None else f"bounces and complaints are {'' if on else 'not '}forwarded by mail"


KEY = Setting(_origin, _found_origin, _put_key, asked=_asked_origin)
"""Whose key signs. That of another region is named at creation alone, as far as AWS documents it."""
SIGNING_SETTINGS = 3  # how many stand first
SETTINGS = (
    Setting(
        lambda properties: _show_signing(on=_signing(properties)),
        lambda found: _show_signing(on=found.signing_enabled),
        lambda client, domain, properties: set_signing(client, domain, on=_signing(properties)),
    ),
    KEY,
    Setting(_length, _found_length, _put_key, LENGTH_REFUSED),
    Setting(
        _wanted_mail_from,
        _found_mail_from,
        lambda client, domain, properties: set_mail_from(client, domain, *_mail_from(properties)),
    ),
    Setting(
        lambda properties: _show_configuration_set(name) if (name := _configuration_set(properties)) else None,
        lambda found: _show_configuration_set(found.configuration_set),
        lambda client, domain, properties: set_configuration_set(client, domain, _configuration_set(properties)),
    ),
    Setting(
        lambda properties: _show_forwarding(on=_forwarding(properties)),
        lambda found: _show_forwarding(on=found.forwards_feedback),
        lambda client, domain, properties: set_forwarding(client, domain, on=bool(_forwarding(properties))),
    ),
)
