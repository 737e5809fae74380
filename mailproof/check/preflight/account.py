"""The accounts that a deployment reaches: whose the credentials are, bootstrap, and SES in each region."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from mailproof.check.addresses import judge_undeclared
from mailproof.check.precedence import judge_region
from mailproof.check.preflight.inspection import Account, Inspection
from mailproof.check.preflight.subjects import BootstrapThere, ClosedAccount, ClosedRegion
from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.clients import refuse_other_account
from mailproof.live.aws.pooled import StackReader
from mailproof.live.aws.remedies import NOT_ENABLED
from mailproof.live.aws.ses import ListedRegion
from mailproof.live.aws.ses_facts import RegionFacts
from mailproof.live.aws.session import AssumedSession


async def look_at_bootstrap(inspection: Inspection, account: Account, regions: Sequence[str]) -> None:
    """Look at the version of the bootstrap stack in each region."""
    wanted = [found for region in regions if (found := inspection.bootstraps.of(account.id, region)).parameter]
    versions = await asyncio.gather(
        *(
            StackReader(account.session, one.region, account.pool).bootstrap_version(str(one.parameter))
            for one in wanted
        )
    )
    for bootstrap, version in zip(wanted, versions, strict=True):
        inspection.findings.judge_first(BootstrapThere(bootstrap, version, inspection.account.id))


async def open_zone_account(inspection: Inspection, account: str) -> Account | None:
    """Open an account that owns zones with the CDK's lookup role; None if these credentials do not reach into it."""
    region = inspection.stack_regions(account)[0]
    bootstrap = inspection.bootstraps.of(account, region)
    own, role = inspection.account, bootstrap.lookup_role
    opened = replace(own, id=account, session=AssumedSession(own.session, role, region) if role else own.session)
    found = await opened.caller(region)
    # A role's account is the one in its ARN.
    why = found if isinstance(found, Unanswered) else None if role else refuse_other_account(found, account)
    if why:
        inspection.findings.judge_first(ClosedAccount(bootstrap, why, own.id))
    return None if why else opened


async def look_at_ses(inspection: Inspection, region: str) -> AwsAnswer[ListedRegion] | None:
    """Look at SES in a region; return what is listed there, None if the region is not enabled."""
    facts, listed = await inspection.account.ses(region).inventory()
    for answer in (facts, listed):
        if isinstance(answer, Unanswered) and answer.reason in NOT_ENABLED:
            inspection.findings.judge_first(ClosedRegion(region, answer))
            return None
    addresses = listed.addresses if isinstance(listed, ListedRegion) else listed
    found = RegionFacts(facts, addresses, {}, {})
    judge_region(inspection.shared, region, found)
    names = [domain.name for domain in inspection.domains if region in domain.identity_regions]
    judge_undeclared(inspection.shared, region, found, names)
    return listed
