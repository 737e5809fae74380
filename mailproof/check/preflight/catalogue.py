"""The rules of `mailproof preflight`, in the order in which they are tried on one subject."""

from typing import Any

from mailproof.check.preflight.rules import account, dns, drift, identity, record, stack, unanswered
from mailproof.check.rule import Rule

PREFLIGHT: tuple[Rule[Any], ...] = (
    account.wrong_account,
    account.no_credentials,
    account.bootstrap_missing,
    account.dns_account_closed,
    account.region_closed,
    identity.identity_there,
    identity.own_key_missing,
    identity.replica_missing,
    identity.identities_full,
    identity.identities_nearly_full,
    drift.repair_unfinished,
    drift.identity_gone,
    drift.identity_changed,
    drift.identity_replaced,
    drift.record_gone,
    drift.record_changed,
    stack.stack_elsewhere,
    stack.stack_left,
    stack.stacks_unknown,
    record.record_there,
    record.zone_full,
    dns.mail_from_in_use,
    dns.apex_spf,
    dns.null_mx_left,
    unanswered.unanswered,
)
"""The rules that `mailproof preflight` has beside those of `check`."""
