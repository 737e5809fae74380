"""All rules, in the order in which they are tried on one subject. A rule that is not here judges nothing."""

from collections.abc import Mapping
from typing import Any

from mailproof.check.preflight import rules as preflight
from mailproof.check.rule import Rule
from mailproof.check.rules import (
    account,
    dkim,
    dmarc,
    identity,
    mail_from,
    parked,
    published,
    servers,
    spf,
    txt,
    unanswered,
    zone,
)

SECTIONS: Mapping[str, tuple[Rule[Any], ...]] = {
    "Zones": (
        zone.zone_not_found,
        zone.zone_private,
        zone.delegation_missing,
        zone.delegation_pending,
        zone.delegation_arrived,
        zone.zone_inside_another,
        zone.delegation_elsewhere,
        zone.delegation_mixed,
        zone.dnssec_bogus,
    ),
    "Could not ask": (
        unanswered.dns_unanswered,
        zone.route53_unanswered,
        account.account_unanswered,
        account.ses_unanswered,
    ),
    "Account, per region": (
        account.sending_paused,
        account.account_under_review,
        account.account_in_sandbox,
    ),
    "Identity, per domain and region": (
        identity.identity_missing,
        identity.dkim_not_started,
        identity.dkim_replica_failed,
        identity.dkim_signing_off,
        identity.dkim_signing_on,
        identity.dkim_key_differs,
        identity.dkim_pending,
        identity.dkim_failed,
        identity.mail_from_differs,
        identity.mail_from_pending,
        identity.mail_from_failed,
        identity.mail_from_temporary_failure,
        identity.ses_temporary_failure,
        identity.dkim_selector_unknown,
        identity.configuration_set_blocks_sending,
        identity.self_signed_mail_rewritten,
        identity.dkim_key_1024,
        identity.address_overrides_domain,
    ),
    # Before the rules of each record, which say that it is missing, wrong or not readable.
    "Records in the wrong form or place": (
        zone.record_below_delegation,
        txt.txt_mangled,
        txt.record_wrong_level,
        txt.domain_mx_is_feedback_host,
        txt.record_doubled_zone,
        dkim.target_doubled_zone,
    ),
    "DKIM records, per domain, region and token": (
        dkim.dkim_target_wrong_region,
        dkim.dkim_cname_points_elsewhere,
        dkim.dkim_cname_flattened,
        dkim.dkim_cname_doubled_zone,
        dkim.dkim_cname_wrong_level,
        dkim.dkim_cname_missing,
        dkim.dkim_given_key_missing,
        dkim.dkim_own_key_wrong,
    ),
    "MAIL FROM records": (
        mail_from.mail_from_is_cname,
        mail_from.mail_from_mx_extra,
        mail_from.mail_from_mx_wrong_region,
        mail_from.mx_preference_in_host,
        mail_from.mail_from_mx_points_elsewhere,
        mail_from.mail_from_mx_missing,
        spf.spf_multiple_records,
        spf.mail_from_spf_missing,
        spf.spf_syntax,
        spf.spf_too_many_lookups,
        spf.spf_void_lookups,
        spf.mail_from_spf_wrong,
        spf.spf_flattened,
        spf.spf_depends_on_message,
        spf.spf_broken_behind_ses,
    ),
    "DMARC, per domain": (
        dmarc.dmarc_alias_dangling,
        dmarc.dmarc_multiple_records,
        dmarc.dmarc_syntax,
        dmarc.dmarc_missing,
        dmarc.dmarc_differs,
        dmarc.dmarc_report_address,
        dmarc.dmarc_report_not_authorised,
        dmarc.dmarc_report_redirected,
        dmarc.dmarc_spf_never_aligns,
        dmarc.dmarc_names_below_fail,
        dmarc.dmarc_psd_cuts_off,
        dmarc.dmarc_subdomain_policy_ignored,
        dmarc.dmarc_pct_ignored,
        dmarc.dmarc_removed_tags,
    ),
    "Parked domains": (parked.parked_domain_in_use,),
    "Records of every other kind": (
        published.record_missing,
        published.record_differs,
    ),
    "Asked twice": (servers.dns_answer_cached, servers.name_server_out_of_step),
}
"""Heading of each part of the reference page to its rules."""

CHECK: tuple[Rule[Any], ...] = tuple(rule for rules in SECTIONS.values() for rule in rules)
"""The rules of `mailproof check`."""

PREFLIGHT: tuple[Rule[Any], ...] = (
    preflight.wrong_account,
    preflight.no_credentials,
    preflight.bootstrap_missing,
    preflight.dns_account_closed,
    preflight.region_closed,
    preflight.identity_there,
    preflight.identities_full,
    preflight.identities_nearly_full,
    preflight.repair_unfinished,
    preflight.identity_gone,
    preflight.identity_changed,
    preflight.identity_replaced,
    preflight.record_gone,
    preflight.record_changed,
    preflight.stack_elsewhere,
    preflight.record_there,
    preflight.zone_full,
    preflight.mail_from_in_use,
    preflight.apex_spf,
    preflight.null_mx_left,
    preflight.unanswered,
)
"""The rules that `mailproof preflight` has beside them."""
