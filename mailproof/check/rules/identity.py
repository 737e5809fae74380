"""Rules about an identity: what SES says of one domain in one region."""

from shlex import quote

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, api, dg, rule
from mailproof.check.subjects import IdentitySubject, MissingIdentity
from mailproof.check.wanted import deploy
from mailproof.live.answer import NotFound
from mailproof.live.aws.ses_facts import SUCCESS, ConfigurationSetFacts, IdentityFacts
from mailproof.model import pages
from mailproof.model.command_lines import (
    records_command,
    repair_command,
    restart_command,
    rollout_command,
)
from mailproof.model.domain import USE_DEFAULT
from mailproof.template.replicas import NO_CONVERSION

SHORT_KEY_BITS = 1024
LOST_SIGHT = (
    "Check that every name server of the zone answers: SES goes on looking for a while, then the state is FAILED."
)


@rule(
    "identity-missing",
    Severity.ERROR,
    MissingIdentity,
    meaning="SES refuses mail of the domain in this region.",
    condition="GetEmailIdentity answers NotFoundException.",
    expected="an identity",
    observed="none",
    fix="Deploy the environment in this region; if that changes nothing, the identity was deleted outside "
    "CloudFormation: repair the environment.",
    source=api("API_GetEmailIdentity"),
)
def identity_missing(subject: MissingIdentity) -> RuleResult | None:
    """Report an identity that SES does not know."""
    return RuleResult(fix=f"{deploy(subject.environment, 'the identity')}.")


@rule(
    "dkim-not-a-replica",
    Severity.ERROR,
    IdentitySubject,
    meaning="Mail is signed with another key than that of the parent, for which the file has no records.",
    condition="The file has `replica_of`, and `SigningAttributesOrigin` does not name that region.",
    expected="a replica of the parent",
    observed="whose key it is",
    fix="Make the identity as a replica: AWS documents that at its creation alone.",
    source=f"{api('API_DkimSigningAttributes')}; {dg('send-email-authentication-dkim-deed')}",
)
def dkim_not_a_replica(subject: IdentitySubject) -> RuleResult | None:
    """Compare the parent with the file's."""
    parent = subject.wanted.parent_of(subject.region)
    if not parent or subject.facts.primary_region == parent:
        return None
    return RuleResult(f"a replica of {parent}", subject.facts.keys_in_words, f"{NO_CONVERSION}: see {pages.REPLICAS}.")


@rule(
    "dkim-replica-out-of-step",
    Severity.ERROR,
    IdentitySubject,
    meaning="The replica looks for other records than its parent, so its mail is not signed, or soon not.",
    condition="The identity is a replica of the file's parent, whose tokens or host are other ones.",
    expected="the tokens of the parent",
    observed="its own",
    fix="The parent may have been recreated: recreate its replicas as well.",
    source=dg("send-email-authentication-dkim-deed"),
)
def dkim_replica_out_of_step(subject: IdentitySubject) -> RuleResult | None:
    """Compare the records of a replica with those of its parent."""
    facts, parent = subject.facts, subject.parent
    is_replica = facts.primary_region and facts.primary_region == subject.wanted.parent_of(subject.region)
    if not (parent and is_replica) or facts.dkim_pairs(subject.domain) == parent.dkim_pairs(subject.domain):
        return None
    return RuleResult(
        f"{_tokens(parent)} as in {facts.primary_region}",
        _tokens(facts),
        f"The identity in {facts.primary_region} may have been recreated: {pages.REPLICAS} says how to make replicas.",
    )


def _tokens(facts: IdentityFacts) -> str:
    return ", ".join(facts.tokens)


@rule(
    "dkim-not-started",
    Severity.ERROR,
    IdentitySubject,
    meaning="Mail is not signed by the domain: it was verified in another way than by DKIM.",
    condition="The DKIM status is NOT_STARTED.",
    expected="DKIM set up",
    observed="never begun (verified another way)",
    fix="Start Easy DKIM, then publish the three records.",
    source=api("API_DkimAttributes"),
)
def dkim_not_started(subject: IdentitySubject) -> RuleResult | None:
    """Look for an identity without DKIM."""
    if subject.facts.dkim_status != "NOT_STARTED":
        return None
    if subject.wanted.signing.is_external:
        return RuleResult(fix=f"{deploy(subject.environment, 'the key')}.")
    fix = f"Start Easy DKIM, then publish the three records: {_start_easy_dkim(subject)} makes them, and"
    return RuleResult(fix=f"{fix} `{records_command(subject.environment, subject.domain)}` prints them.")


@rule(
    "dkim-replica-failed",
    Severity.ERROR,
    IdentitySubject,
    meaning="A replica (Deterministic Easy DKIM) could not take over its parent's key, so mail is not signed.",
    condition="The DKIM status is FAILED and `VerificationInfo.ErrorType` begins with REPLICATION_.",
    expected="replica of its parent",
    observed="the error type",
    fix="Restore the parent identity (Easy DKIM, not a replica itself) or the permission, then restart DKIM.",
    source=f"{api('API_VerificationInfo')}; {dg('send-email-authentication-dkim-deed')}",
)
def dkim_replica_failed(subject: IdentitySubject) -> RuleResult | None:
    """Look for a replica that failed for a reason other than DNS."""
    if not is_failed_replica(subject):
        return None
    parent = subject.facts.primary_region
    todo = f"Restore the parent identity in {parent} (Easy DKIM, not a replica itself) or the permission"
    fix = f"{todo}, then restart DKIM: {_start_replica(subject)}." if parent else ""
    return RuleResult(f"replica of {parent or 'its parent'}", subject.facts.error_type, fix)


def is_failed_replica(subject: IdentitySubject) -> bool:
    """Tell whether replication, not DNS, made DKIM fail."""
    return subject.facts.dkim_status == "FAILED" and subject.facts.error_type.startswith("REPLICATION_")


@rule(
    "dkim-signing-off",
    Severity.ERROR,
    IdentitySubject,
    meaning="Mail leaves without the domain's signature.",
    condition="`SigningEnabled` is false, DKIM was set up, and the sender does not sign (`sign: self`).",
    expected="mail is signed",
    observed="signing off",
    fix="Switch DKIM signing on.",
    source=api("API_DkimAttributes"),
)
def dkim_signing_off(subject: IdentitySubject) -> RuleResult | None:
    """Look for signing switched off."""
    is_meant = not subject.wanted.signing.is_signed_by_ses
    if subject.facts.signing_enabled or subject.facts.dkim_status == "NOT_STARTED" or is_meant:
        return None
    command = _aws("put-email-identity-dkim-attributes", subject, "--signing-enabled")
    return RuleResult(fix=f"Switch DKIM signing on: {command}.")


@rule(
    "dkim-signing-on",
    Severity.ERROR,
    IdentitySubject,
    meaning="SES signs mail that the sender has signed, or refuses it: `DKIM-Signature` may stand in it only once.",
    condition="The file has `sign: self`, and `SigningEnabled` is true. Whether SES refuses such mail or signs it "
    "twice is not documented.",
    expected="signing off",
    observed="SES signs",
    fix="Switch DKIM signing off.",
    source=dg("header-fields"),
)
def dkim_signing_on(subject: IdentitySubject) -> RuleResult | None:
    """Look for an identity that signs what is signed."""
    if subject.wanted.signing.is_signed_by_ses or not subject.facts.signing_enabled:
        return None
    command = _aws("put-email-identity-dkim-attributes", subject, "--no-signing-enabled")
    return RuleResult(fix=f"{_deploy_or(subject)}: {command}.")


@rule(
    "dkim-key-differs",
    Severity.ERROR,
    IdentitySubject,
    meaning="Mail is signed with another key than the file asks for.",
    condition="The file has `key: own`, DKIM is set up, and `SigningAttributesOrigin` is not EXTERNAL. Which own key "
    "SES signs with, its API does not always tell.",
    expected="a key of your own",
    observed="whose key it is",
    fix="Deploy the environment if the file has changed since; if not, repair it.",
    source=api("API_DkimAttributes"),
)
def dkim_key_differs(subject: IdentitySubject) -> RuleResult | None:
    """Compare whose key signs with the file."""
    facts, is_started = subject.facts, subject.facts.dkim_status != "NOT_STARTED"
    if not subject.wanted.signing.is_external or facts.uses_byodkim or not is_started:
        return None
    observed = f"the key of {facts.primary_region}" if facts.primary_region else "a key of SES"
    repair = repair_command(subject.environment)
    return RuleResult(observed=observed, fix=f"{_deploy_or(subject)}, `{repair}` gives SES the key of the stack again.")


def _deploy_or(subject: IdentitySubject) -> str:
    return f"Run `{rollout_command(subject.environment)}` if the file has changed since; if that changes nothing"


@rule(
    "dkim-pending",
    Severity.ERROR,
    IdentitySubject,
    meaning="Mail is not signed yet: the records are right, SES has not seen them.",
    condition="The DKIM status is PENDING and all its records are right.",
    expected="SUCCESS",
    observed="PENDING",
    fix="Wait: SES looks for the records for up to 72 hours.",
    source=api("API_DkimAttributes"),
)
def dkim_pending(subject: IdentitySubject) -> RuleResult | None:
    """Look for DKIM that waits for SES alone."""
    return RuleResult() if subject.dkim_is_right and subject.facts.dkim_status == "PENDING" else None


@rule(
    "dkim-failed-set-up-again",
    Severity.ERROR,
    IdentitySubject,
    meaning="Mail is not signed, and will not be although the records are right: SES has given up.",
    condition="The DKIM status is FAILED, all its records are right, and it is not a replica that failed.",
    expected="SUCCESS",
    observed="FAILED, with the error type",
    fix="Restart DKIM set-up: SES has stopped looking.",
    source=api("API_DkimAttributes"),
)
def dkim_failed(subject: IdentitySubject) -> RuleResult | None:
    """Look for DKIM that SES gave up on."""
    if not subject.dkim_is_right or subject.facts.dkim_status != "FAILED" or is_failed_replica(subject):
        return None
    command = _start_replica(subject) if subject.facts.primary_region else _start_easy_dkim(subject)
    if subject.facts.uses_byodkim:
        key = "--signing-attributes-origin EXTERNAL --signing-attributes file://KEY.json"
        command = f"{_aws('put-email-identity-dkim-signing-attributes', subject, key)}, with selector and private key"
    if subject.wanted.signing.is_external:
        command = f"`{restart_command(subject.environment, subject.domain)}`"
    fix = f"Restart DKIM set-up, since SES has stopped looking: {command}."
    return RuleResult(observed=_with_type("FAILED", subject), fix=fix)


@rule(
    "mail-from-differs",
    Severity.ERROR,
    IdentitySubject,
    meaning="SPF does not align: SES uses another MAIL FROM domain than the file asks for, or its own. Or SES refuses "
    "mail for the sake of one that the file does not ask for.",
    condition="SES has no MAIL FROM domain, or another than the file. Where the file asks for none: it has one with "
    "REJECT_MESSAGE, and does not find its MX.",
    expected="the MAIL FROM name of the file",
    observed="none, or another name",
    fix="Deploy if the file has changed since; if not, repair the environment or set the name again, once its MX is "
    "published; or correct the file.",
    source=api("API_MailFromAttributes"),
)
def mail_from_differs(subject: IdentitySubject) -> RuleResult | None:
    """Compare SES's MAIL FROM domain with the file."""
    wanted, found = subject.wanted_mail_from, subject.facts.mail_from_domain
    if wanted is None:
        return _refusing_for_another(subject)
    if wanted == found:
        return None
    run, repair = rollout_command(subject.environment), repair_command(subject.environment)
    again = f"once the MX of the name is published, `{repair}` sets it again, or {_set_mail_from(subject)}"
    fix = f"Run `{run}` if the file has changed since; if that changes nothing: {again}; or correct the file."
    return RuleResult(wanted, found or "none", fix)


def _refusing_for_another(subject: IdentitySubject) -> RuleResult | None:
    """Look for a MAIL FROM domain that nobody asks for, because of which mail is refused."""
    facts = subject.facts
    if not facts.mail_from_domain or not facts.rejects_on_mx_failure or facts.mail_from_status == SUCCESS:
        return None
    options = (f"--mail-from-domain {facts.mail_from_domain}", f"--behavior-on-mx-failure {USE_DEFAULT}")
    command = _aws("put-email-identity-mail-from-attributes", subject, *options)
    fix = f"Have SES send while it finds no MX: {command}; or ask for that name in the file."
    return RuleResult(
        "none", f"{facts.mail_from_domain}, {facts.mail_from_status}: mail is refused (REJECT_MESSAGE)", fix
    )


@rule(
    "mail-from-pending",
    Severity.ERROR,
    IdentitySubject,
    meaning="SPF does not align yet, and with REJECT_MESSAGE mail is refused meanwhile: SES has not seen the MX.",
    condition="The MAIL FROM status is PENDING and its MX is right.",
    expected="SUCCESS",
    observed="PENDING",
    fix="Wait: SES looks for the MX for up to 72 hours.",
    source=dg("mail-from"),
)
def mail_from_pending(subject: IdentitySubject) -> RuleResult | None:
    """Look for a MAIL FROM domain that waits for SES alone."""
    if not subject.mx_is_right or subject.mail_from_status != "PENDING":
        return None
    refused = subject.facts.rejects_on_mx_failure
    return RuleResult(observed="PENDING, and mail is refused meanwhile (REJECT_MESSAGE)" if refused else "")


@rule(
    "mail-from-failed-set-up-again",
    Severity.ERROR,
    IdentitySubject,
    meaning="SPF does not align, and will not although the MX is right: SES has given up.",
    condition="The MAIL FROM status is FAILED and its MX is right.",
    expected="SUCCESS",
    observed="FAILED",
    fix="Set the MAIL FROM domain again: SES has stopped looking.",
    source=dg("mail-from"),
)
def mail_from_failed(subject: IdentitySubject) -> RuleResult | None:
    """Look for a MAIL FROM domain that SES gave up on."""
    if not subject.mx_is_right or subject.mail_from_status != "FAILED":
        return None
    refused = subject.facts.rejects_on_mx_failure
    fix = f"Set the MAIL FROM domain again, since SES has stopped looking: {_set_mail_from(subject)}."
    return RuleResult(observed="FAILED, and mail is refused (REJECT_MESSAGE)" if refused else "", fix=fix)


@rule(
    "mail-from-temporary-failure",
    Severity.ERROR,
    IdentitySubject,
    meaning="SPF does not align, or mail is refused: SES saw the MX, and no longer does.",
    condition="The MAIL FROM status is TEMPORARY_FAILURE and its MX is right.",
    expected="SUCCESS",
    observed="TEMPORARY_FAILURE, and what SES does meanwhile",
    fix=LOST_SIGHT,
    source=f"{api('API_MailFromAttributes')}; {dg('mail-from')}",
)
def mail_from_temporary_failure(subject: IdentitySubject) -> RuleResult | None:
    """Look for an MX that SES lost sight of."""
    if not subject.mx_is_right or subject.mail_from_status != "TEMPORARY_FAILURE":
        return None
    refused = subject.facts.rejects_on_mx_failure
    meanwhile = "mail is refused meanwhile (REJECT_MESSAGE)" if refused else "SES uses its own MAIL FROM meanwhile"
    return RuleResult(observed=f"TEMPORARY_FAILURE, and {meanwhile}")


@rule(
    "ses-temporary-failure",
    Severity.WARNING,
    IdentitySubject,
    meaning="SES saw the DKIM records, and no longer does: mail is still signed, but not for long.",
    condition="The DKIM status is TEMPORARY_FAILURE and its records are right.",
    expected="SUCCESS",
    observed="TEMPORARY_FAILURE, with the error type",
    fix=LOST_SIGHT,
    source=api("API_DkimAttributes"),
)
def ses_temporary_failure(subject: IdentitySubject) -> RuleResult | None:
    """Look for DKIM records that SES lost sight of."""
    if not subject.dkim_is_right or subject.facts.dkim_status != "TEMPORARY_FAILURE":
        return None
    return RuleResult(observed=_with_type("TEMPORARY_FAILURE", subject))


@rule(
    "dkim-selector-unknown",
    Severity.UNKNOWN,
    IdentitySubject,
    meaning="Whether receivers find the key that mail is signed with is not known.",
    condition="The key was brought (`SigningAttributesOrigin` EXTERNAL), SES names no selector in `Tokens`, and the "
    "file has no `key: own`.",
    expected="a selector",
    observed="none",
    fix="Look at the TXT record that was published when the key was set up.",
    source=api("API_DkimAttributes"),
)
def dkim_selector_unknown(subject: IdentitySubject) -> RuleResult | None:
    """Look for an own key whose record has no known name."""
    facts = subject.facts
    is_known = bool(facts.tokens) or subject.wanted.signing.is_external
    return RuleResult() if facts.uses_byodkim and not is_known and facts.dkim_status != "NOT_STARTED" else None


def _with_type(observed: str, subject: IdentitySubject) -> str:
    return f"{observed}, {subject.facts.error_type}" if subject.facts.error_type else observed


@rule(
    "configuration-set-blocks-sending",
    Severity.ERROR,
    IdentitySubject,
    meaning="SES refuses the domain's mail, because the configuration set that it uses by default does not send.",
    condition="The identity's default configuration set does not exist, or its sending is switched off.",
    expected="a set that sends",
    observed="gone, or off",
    fix="Recreate the configuration set or switch it on, or detach it from the identity.",
    source=api("API_GetConfigurationSet"),
)
def configuration_set_blocks_sending(subject: IdentitySubject) -> RuleResult | None:
    """Look at the default configuration set."""
    name, found = subject.facts.configuration_set, subject.configuration_set
    if isinstance(found, NotFound):
        todo = f"Create it, {_aws_set('create-configuration-set', subject)}"
        return RuleResult(f"configuration set {name} sends", "it does not exist", f"{todo}, or {_detach(subject)}.")
    if isinstance(found, ConfigurationSetFacts) and not found.sending_enabled:
        todo = f"Switch it on, {_aws_set('put-configuration-set-sending-options', subject, '--sending-enabled')}"
        return RuleResult(f"configuration set {name} sends", "its sending is off", f"{todo}, or {_detach(subject)}.")
    return None


@rule(
    "self-signed-mail-rewritten",
    Severity.ERROR,
    IdentitySubject,
    meaning="The sender's signature breaks: SES rewrites messages after it.",
    condition="The file has `sign: self`, and the identity's default configuration set has tracking options or "
    "engagement metrics of VDM. Event destinations are not asked for.",
    expected="a set that leaves messages alone",
    observed="what rewrites them",
    fix="Detach the configuration set from the identity, or switch off what rewrites messages.",
    source=dg("send-email-authentication-dkim-manual"),
)
def self_signed_mail_rewritten(subject: IdentitySubject) -> RuleResult | None:
    """Look at the default configuration set."""
    found = subject.configuration_set
    if subject.wanted.signing.is_signed_by_ses or not isinstance(found, ConfigurationSetFacts) or not found.rewrites:
        return None
    fix = f"Switch that off in configuration set {subject.facts.configuration_set}, or {_detach(subject)}."
    return RuleResult(observed=", ".join(found.rewrites), fix=fix)


def _detach(subject: IdentitySubject) -> str:
    return f"detach it from the identity: {_aws('put-email-identity-configuration-set-attributes', subject)}"


def _aws_set(operation: str, subject: IdentitySubject, *options: str) -> str:
    name = f"--region {subject.region} --configuration-set-name {quote(subject.facts.configuration_set)}"
    return f"`{' '.join(('aws sesv2', operation, name, *options))}`"


@rule(
    "dkim-key-1024",
    Severity.WARNING,
    IdentitySubject,
    meaning="The signing key is shorter than receivers want it.",
    condition="`CurrentSigningKeyLength` is RSA_1024_BIT and the file does not ask for 1024.",
    expected="2048 bits",
    observed="1024",
    fix="Set the next signing key length to 2048, which SES allows once in 24 hours.",
    source="RFC 8301 section 3.2",
)
def dkim_key_1024(subject: IdentitySubject) -> RuleResult | None:
    """Look for a short key that nobody asked for."""
    is_short = subject.facts.key_length == "RSA_1024_BIT" and not subject.facts.primary_region  # as of its parent
    if not is_short or subject.wanted.signing.key_length == SHORT_KEY_BITS:
        return None
    command = _start_easy_dkim(subject, "--signing-attributes NextSigningKeyLength=RSA_2048_BIT")
    fix = f"Set the next signing key length to 2048, which SES allows once in 24 hours: {command}."
    return RuleResult(fix="" if subject.facts.uses_byodkim else fix)


def _start_easy_dkim(subject: IdentitySubject, more: str = "") -> str:
    return _aws("put-email-identity-dkim-signing-attributes", subject, "--signing-attributes-origin AWS_SES", more)


def _start_replica(subject: IdentitySubject) -> str:
    origin = subject.facts.signing_origin
    command = _aws("put-email-identity-dkim-signing-attributes", subject, f"--signing-attributes-origin {origin}")
    return f"{command}; AWS documents that value at the creation of an identity alone ({pages.REPLICAS})"


def _set_mail_from(subject: IdentitySubject) -> str:
    """Set it as the file has it, as `wait --restart` does."""
    mail_from = subject.wanted.mail_from
    behaviour = f"--behavior-on-mx-failure {mail_from.on_mx_failure.upper()}" if mail_from else ""
    options = (f"--mail-from-domain {subject.wanted_mail_from}", behaviour)
    return _aws("put-email-identity-mail-from-attributes", subject, *options)


def _aws(operation: str, subject: IdentitySubject, *options: str) -> str:
    """Write a command of the AWS CLI, to be shown in a sentence."""
    identity = f"--region {subject.region} --email-identity {subject.domain}"
    return f"`{' '.join(filter(None, ('aws sesv2', operation, identity, *options)))}`"
