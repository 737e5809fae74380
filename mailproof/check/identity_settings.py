"""What a template can set of an identity and SES tells: one list, by which both are compared and by which it is set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.ses import (
    set_configuration_set,
    set_forwarding,
    set_mail_from,
    set_signing,
    sign_with_key_of_ses,
)
from mailproof.live.aws.ses_facts import IdentityFacts, replica_origin
from mailproof.live.aws.stored_key import Ask, SecretUnread, sign_with_stored_key
from mailproof.model.domain import USE_DEFAULT
from mailproof.model.own_key import parse_reference
from mailproof.template.contents import Resource, parent_region
from mailproof.template.identities import Properties, is_signing, key_length, mail_from, own_selector, properties_of

OF_SES = "AWS_SES"
EXTERNAL = "EXTERNAL"
SIGNING_ATTRIBUTES = "DkimSigningAttributes"
ORIGIN = "DomainSigningAttributesOrigin"
NO_MAIL_FROM = "no MAIL FROM"
LENGTH_REFUSED = "SES takes one change of the key length in 24 hours: run the same command again after that"
KEY_REFUSED = "SES takes one change of its key length in 24 hours; an own key that it refuses has to be exchanged"
NO_REFERENCE = Unanswered("no reference to a secret", "the template in force names none that can be read")
Outcome: TypeAlias = NotFound | Unanswered | SecretUnread | None
"""None if SES has taken it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One setting of an identity.

    Attributes:
        wanted: Reads it in a template, in words; None if the template leaves it open.
        found: Reads it in SES's answer, in the same words; None if SES does not tell.
        put: Sets it as a template has it, given who asks AWS where the identity is, and the domain.
        refusal: What SES means if it refuses the value; empty if nothing is known of that.
        asked: Reads it in what a file asks for, where that tells more than a template does; None if it does not.
        is_set_next: Tells whether the next deployment sets it, whatever there is; given template and file.
    """

    wanted: Callable[[Properties], str | None]
    found: Callable[[IdentityFacts], str | None]
    put: Callable[[Ask, str, Properties], Outcome]
    refusal: str = ""
    asked: Callable[[Properties], str] | None = None
    is_set_next: Callable[[Properties, Properties], bool] = lambda _deployed, _asked: False


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
        if wanted is None or there is None or there in {wanted, by_file} or setting.is_set_next(deployed, asked):
            continue
        yield setting, wanted, there


def _is_on(value: Any) -> bool:
    return str(value).lower() == "true"


def _show_signing(*, on: bool) -> str:
    return "mail is signed" if on else "signing is off"


def settings_of(identity: Resource) -> Properties:
    """Return the properties of an identity of a template, and what it is a replica of, as the API would be told it."""
    properties = properties_of(identity)
    parent = parent_region(identity)
    return {**properties, SIGNING_ATTRIBUTES: {ORIGIN: replica_origin(parent)}} if parent else properties


def _origin(properties: Properties) -> str:
    """Return whose key signs."""
    origin = str(properties.get(SIGNING_ATTRIBUTES, {}).get(ORIGIN, OF_SES))
    return _show_origin(EXTERNAL if _selector(properties) else origin)


def _selector(properties: Properties) -> str:
    """Return the selector of an own key; empty if there is none."""
    return own_selector(properties).lower()


def _wanted_selector(properties: Properties) -> str | None:
    return _show_selector(selector) if (selector := _selector(properties)) else None


def _found_selector(found: IdentityFacts) -> str | None:
    return _show_selector(selector) if (selector := found.own_selector) else None


def _show_selector(selector: str) -> str:
    return f"the selector {selector} of a key of yours"


def _changes_own_key(deployed: Properties, asked: Properties) -> bool:
    """Tell whether the file asks for another key than the own one of the stack: its deployment gives SES that."""
    before, after = (properties.get(SIGNING_ATTRIBUTES, {}) for properties in (deployed, asked))
    return bool(_selector(deployed)) and before != after


def _found_origin(found: IdentityFacts) -> str:
    return _show_origin(found.signing_origin)


def _show_origin(origin: str) -> str:
    keys = {OF_SES: "keys of SES", EXTERNAL: "a key of yours (BYODKIM)"}
    return f"signing with {keys.get(origin, f'keys of another region ({origin})')}"


def _length(properties: Properties) -> str | None:
    return f"keys of {length}" if (length := key_length(properties)) else None


def _found_length(found: IdentityFacts) -> str | None:
    length = (found.next_key_length or found.key_length) if found.signing_origin == OF_SES else ""
    return f"keys of {length}" if length else None


def _in_ses(put: Callable[[Any, str, Properties], None]) -> Callable[[Ask, str, Properties], Outcome]:
    """Set something by one call of SES."""

    def call(ask: Ask, domain: str, properties: Properties) -> Outcome:
        taken: Outcome = ask("sesv2", lambda client: put(client, domain, properties))
        return taken

    return call


def _put_key(ask: Ask, domain: str, properties: Properties) -> Outcome:
    """Have SES sign with the key of a template: keys of SES, or one's own out of the secret that it names."""
    if not (selector := own_selector(properties)):
        return _put_key_of_ses(ask, domain, properties)
    stored = parse_reference(str(properties[SIGNING_ATTRIBUTES].get("DomainSigningPrivateKey", "")))
    if stored is None:
        return NO_REFERENCE
    return sign_with_stored_key(ask, domain, selector, stored)


_put_key_of_ses = _in_ses(
    lambda client, domain, properties: sign_with_key_of_ses(client, domain, key_length(properties))
)


def _mail_from(properties: Properties) -> tuple[str, str]:
    name, behaviour = mail_from(properties)
    return name, behaviour or USE_DEFAULT


def _wanted_mail_from(properties: Properties) -> str | None:
    name, behaviour = _mail_from(properties)
    return f"MAIL FROM {name}, {behaviour}" if name else None


def _found_mail_from(found: IdentityFacts) -> str:
    return f"MAIL FROM {found.mail_from_domain}, {found.on_mx_failure}" if found.mail_from_domain else NO_MAIL_FROM


def _configuration_set(properties: Properties) -> str:
    return str(properties.get("ConfigurationSetAttributes", {}).get("ConfigurationSetName") or "")


def _show_configuration_set(name: str) -> str:
    return f"default configuration set {name!r}" if name else "no default configuration set"


def _forwarding(properties: Properties) -> bool | None:
    value = properties.get("FeedbackAttributes", {}).get("EmailForwardingEnabled")
    return None if value is None else _is_on(value)


def _show_forwarding(*, on: bool | None) -> str | None:
    return None if on is None else f"bounces and complaints are {'' if on else 'not '}forwarded by mail"


KEY = Setting(_origin, _found_origin, _put_key, KEY_REFUSED, is_set_next=_changes_own_key)
"""Whose key signs. That of another region is named at creation alone, as far as AWS documents it."""
SIGNING_SETTINGS = 4  # how many stand first
SETTINGS = (
    Setting(
        lambda properties: _show_signing(on=is_signing(properties)),
        lambda found: _show_signing(on=found.signing_enabled),
        _in_ses(lambda client, domain, properties: set_signing(client, domain, on=is_signing(properties))),
    ),
    KEY,
    Setting(_wanted_selector, _found_selector, _put_key, KEY_REFUSED, is_set_next=_changes_own_key),
    Setting(_length, _found_length, _put_key, LENGTH_REFUSED),
    Setting(
        _wanted_mail_from,
        _found_mail_from,
        _in_ses(lambda client, domain, properties: set_mail_from(client, domain, *_mail_from(properties))),
    ),
    Setting(
        lambda properties: _show_configuration_set(name) if (name := _configuration_set(properties)) else None,
        lambda found: _show_configuration_set(found.configuration_set),
        _in_ses(
            lambda client, domain, properties: set_configuration_set(client, domain, _configuration_set(properties))
        ),
    ),
    Setting(
        lambda properties: _show_forwarding(on=_forwarding(properties)),
        lambda found: _show_forwarding(on=found.forwards_feedback),
        _in_ses(lambda client, domain, properties: set_forwarding(client, domain, on=bool(_forwarding(properties)))),
    ),
)
