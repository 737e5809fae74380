"""Diff live identities and records against the template."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from mailproof.live.aws.route53 import RecordSet, same_values
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.model.dmarc import dropped_from
from mailproof.model.stack_id import StackId
from mailproof.template.identities import is_signing, key_length, mail_from, own_selector
from mailproof.template.records import TemplateRecord
from mailproof.template.signing import ACCEPT_GAP

CHANGES = "the next deployment changes it"


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One difference.

    Attributes:
        what: The setting.
        found: What is.
        wanted: What we would make.
        outcome: What becomes of it once the resource is adopted.
    """

    what: str
    found: str
    wanted: str
    outcome: str = CHANGES

    def __str__(self) -> str:
        """Show it on one line."""
        return f"{self.what}: is {self.found}, wanted {self.wanted}; {self.outcome}"


def identity_differences(
    domain: str, region: str, found: IdentityFacts, wanted: Mapping[str, Any]
) -> Iterator[Difference]:
    """
    Compare an identity.

    Args:
        domain: The identity.
        region: Its region.
        found: What SES has.
        wanted: Properties of the template; what it does not set, no deployment touches.
    """
    name = f"--region {region} --email-identity {quote(domain)}"
    is_wanted_on = found.signing_enabled if "@" in domain else is_signing(wanted)  # an address goes by its domain
    if found.signing_enabled and not is_wanted_on:
        yield Difference("DKIM signing", "on", "off")
    if is_wanted_on and not found.signing_enabled:
        todo = f"it stays; aws sesv2 put-email-identity-dkim-attributes {name} --signing-enabled"
        yield Difference("DKIM signing", "off", "on", todo)
    selector = own_selector(wanted)
    if selector and not has_our_key(region, found, wanted):
        key = "a key of your own, which cannot be read" if found.uses_byodkim else "a key of SES"
        yield Difference("DKIM key", key, f"that of selector {selector}", f"{CHANGES}, by `{ACCEPT_GAP}`")
    length = key_length(wanted)
    if length and length != found.key_length:
        yield Difference("DKIM key length", found.key_length or "not known", length)
    yield from _mail_from_differences(name, found, *mail_from(wanted))
    for tag in wanted.get("Tags", ()):
        if (value := found.tags.get(tag["Key"])) != tag["Value"]:
            yield Difference(f"tag {tag['Key']!r}", "absent" if value is None else repr(value), repr(tag["Value"]))
    if found.configuration_set:
        yield Difference("configuration set", repr(found.configuration_set), "none", "it stays: no file asks for one")


def _mail_from_differences(name: str, found: IdentityFacts, wanted: str, on_mx_failure: str) -> Iterator[Difference]:
    is_domain = found.mail_from_domain
    if not wanted:
        if is_domain:
            todo = f"it stays; aws sesv2 put-email-identity-mail-from-attributes {name} switches it off"
            yield Difference("MAIL FROM domain", repr(is_domain), "none", todo)
        return
    if wanted != is_domain:
        yield Difference("MAIL FROM domain", repr(is_domain) if is_domain else "none", repr(wanted))
    if is_domain and on_mx_failure != found.on_mx_failure:
        yield Difference("answer to a failing MX", found.on_mx_failure, on_mx_failure)


def has_our_key(region: str, found: IdentityFacts, wanted: Mapping[str, Any]) -> bool:
    """
    Tell whether an identity signs with the own key of the file already.

    The key cannot be read. But a selector of ours names one key alone, and a stack of ours gave it to SES.
    """
    is_ours = bool(StackId.parse(found.stack_name, region))
    return is_ours and found.uses_byodkim and found.tokens == (own_selector(wanted),)


def identity_as_found(region: str, found: IdentityFacts, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the properties to import an identity with: what the template sets, with the values that are.

    An import changes nothing, and a deployment changes only what differs from the template before it. So the template
    of the import has to say what is, or the difference would stay for good. Where nothing differs it is the template
    itself, and the deployment afterwards has nothing to do.
    """
    properties = dict(wanted)
    if "DkimSigningAttributes" in wanted and not has_our_key(region, found, wanted):
        length = {"NextSigningKeyLength": found.key_length} if found.key_length else {}
        properties["DkimSigningAttributes"] = length
    if "DkimAttributes" in wanted:
        properties["DkimAttributes"] = {"SigningEnabled": found.signing_enabled}
    if "MailFromAttributes" in wanted:
        mail_from = {"MailFromDomain": found.mail_from_domain, "BehaviorOnMxFailure": found.on_mx_failure}
        properties["MailFromAttributes"] = mail_from if found.mail_from_domain else {}
    if "Tags" in wanted:
        keys = [tag["Key"] for tag in wanted["Tags"]]
        properties["Tags"] = [{"Key": key, "Value": found.tags[key]} for key in keys if key in found.tags]
    return {key: value for key, value in properties.items() if value not in ({}, [])}


def record_differences(found: RecordSet, wanted: TemplateRecord) -> Iterator[Difference]:
    """Compare a record set."""
    if found.ttl_s != wanted.ttl_s:
        yield Difference("TTL", f"{found.ttl_s} s", f"{wanted.ttl_s} s")
    if not same_values(found.type, found.values, wanted.values):
        lost = dropped_from(found.name, found.values, wanted.values)
        outcome = f"{CHANGES}, and takes out {'; '.join(lost)}" if lost else CHANGES
        yield Difference("value", ", ".join(found.values), ", ".join(wanted.values) or "not known yet", outcome)


def record_as_found(found: RecordSet, wanted: TemplateRecord, properties: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the properties to import a record set with; for the reason see `identity_as_found`.

    Names stay as the template has them, by the identity's attributes: a guard that compares templates then sees the
    same record before and after.
    """
    changed: dict[str, Any] = {}
    if found.ttl_s != wanted.ttl_s:
        changed["TTL"] = str(found.ttl_s)
    if not same_values(found.type, found.values, wanted.values):
        changed["ResourceRecords"] = list(found.values)
    return {**properties, **changed}
