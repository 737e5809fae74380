"""Identities that exist before a deployment, their number, and the secrets of the keys that they are to have."""

import asyncio
from collections.abc import Collection
from functools import partial

from mailproof.check.precedence import judge_parked
from mailproof.check.preflight.account import look_at_ses
from mailproof.check.preflight.inspection import Inspection
from mailproof.check.preflight.stack import OtherStacks
from mailproof.check.preflight.subjects import IdentityQuota, IdentityThere, OwnKeySecret, ReplicaMissing
from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.pooled import PooledService, StackReader
from mailproof.live.aws.secrets import has_version
from mailproof.live.aws.ses import ListedRegion, fetch_identity
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.model.command_lines import adopt_command, move_command, new_key_command, replicate_command


async def look_at_identities(inspection: Inspection, stacks: OtherStacks) -> None:
    """Look at every region: of what is deployed, and all of the file where a domain is parked."""
    environment, is_parked = inspection.environment, any(domain.parking for domain in inspection.domains)
    everywhere = (*environment.regions, *environment.all_regions()) if is_parked else ()
    regions = dict.fromkeys((*inspection.sending_regions(), *everywhere))
    await asyncio.gather(*(_look_at_region(inspection, stacks, region) for region in regions))


async def read_identity(inspection: Inspection, region: str, domain: str) -> AwsAnswer[IdentityFacts]:
    """Ask SES for one identity."""
    facts = await inspection.account.ses(region).ask(lambda client: fetch_identity(client, domain))
    inspection.report_unanswered(region, None, "ses:GetEmailIdentity", facts)
    return facts


async def _look_at_region(inspection: Inspection, stacks: OtherStacks, region: str) -> None:
    listed = await look_at_ses(inspection, region)
    if listed is None:
        return
    if isinstance(listed, ListedRegion):
        judge_parked(inspection.shared, region, listed.identities, inspection.domains)
        await _look_at_listed(inspection, stacks, region, listed.identities)
    await _look_at_secrets(inspection, region)


async def _look_at_listed(inspection: Inspection, stacks: OtherStacks, region: str, present: Collection[str]) -> None:
    environment, account, findings = inspection.environment, inspection.account, inspection.findings
    reader = StackReader(account.session, region, account.pool)
    wanted = {d.name: d for d in inspection.domains if region in inspection.options.selection.identity_regions_of(d)}
    ours = {name: p.id.stack_name for p in inspection.plans if p.id.region == region for name in p.identities}
    there = [name for name in wanted if name in present]
    owners = await asyncio.gather(*map(reader.owner_of, there))
    move = move_command(environment, inspection.given)
    for name, owner in zip(there, owners, strict=True):
        inspection.report_unanswered(region, None, "cloudformation:DescribeStackResources", owner)
        facts = await read_identity(inspection, region, name) if isinstance(owner, NotFound) else None
        if isinstance(owner, str) and owner != ours[name]:
            around = await stacks.survey(environment.account)
            if stacks.report_elsewhere(around, lambda s: (s.region, s.stack_name) == (region, owner)):  # noqa: B023
                continue
        domain = wanted[name]
        is_own, parent = domain.signing.is_external, domain.parent_of(region)
        findings.judge_first(IdentityThere(name, region, ours[name], owner, facts, move, is_own, parent))
    for domain in (domain for name, domain in wanted.items() if name not in present and domain.parent_of(region)):
        make = replicate_command(environment, domain.name, options=inspection.given)
        adopt = adopt_command(environment, inspection.given)
        findings.judge_first(ReplicaMissing(domain.name, region, domain.parent_of(region), make, adopt))
    if wanted:
        findings.judge_first(IdentityQuota(region, len(present), len(wanted) - len(there)))


async def _look_at_secrets(inspection: Inspection, region: str) -> None:
    """Look for the secrets of own keys that SES is to sign with."""
    account = inspection.account
    secrets = PooledService(lambda: account.session.client("secretsmanager", region), account.pool)
    for domain in inspection.domains if region in inspection.sending_regions() else ():
        key = domain.own_key_in(region)
        if key is None:
            continue
        secret, version = key.secret_in(region), key.version
        answer = await secrets.ask(partial(has_version, secret=secret, version=version))
        if isinstance(answer, Unanswered):
            inspection.report_unanswered(region, None, "secretsmanager:ListSecretVersionIds", answer)
        command = new_key_command(inspection.environment.path, domain.name, inspection.given)
        inspection.findings.judge_first(OwnKeySecret(domain.name, region, secret, version, answer, command))
