"""`mailproof spf`: names in the SPF record of a domain itself."""

from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say, show_lines
from mailproof.commands.dkim_new_key import Domain, Environment
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DNS_TIMEOUT_S,
    AccountProfiles,
    DnsTimeout,
    Environments,
    ResolverAddress,
)
from mailproof.commands.parse_options import (
    read_environments,
    read_name,
    read_profiles,
    read_resolver,
    zone_accounts_of,
)
from mailproof.exit_codes import USAGE, WRONG

if TYPE_CHECKING:
    from mailproof.apex_spf.change import ApexChange


def spf(
    environment: Environment,
    domain: Domain,
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    remove: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Take a name out again that the file does not include; may be repeated."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would change and what it costs; change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write it, without a question.")] = False,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: AccountProfiles = None,
) -> None:
    """
    Write the names of `spf: { include: … }` into the SPF record of a domain, and change nothing else there.

    SES needs none of it: SPF is judged by the MAIL FROM name, which has a record of its own. The live TXT records are
    read at the zone's own servers, and shown before and after, with what the record costs. Over the limits of RFC 7208
    nothing is written. The change holds only if nobody has changed the records meanwhile, and is proved afterwards.

    Exit code 0: the record has the names, or has them now.
    1: it would break a limit, you declined, or it is to be entered at another DNS provider.
    2: usage or environment file.
    3: something could not be asked.
    """
    (read,) = read_environments(environments, [environment])
    name, server = read_name(domain), read_resolver(resolver)
    profiles = read_profiles(profile, [read], accounts=zone_accounts_of([read]))

    from mailproof.apex_spf.change import ApexZone
    from mailproof.apex_spf.text import change_lines
    from mailproof.change.consent import Consent
    from mailproof.change.errors import CommandError
    from mailproof.change.programs import read_bootstraps
    from mailproof.live.aws.clients import Target, make_clients
    from mailproof.live.resolver import Budget
    from mailproof.own_keys.key_book import find_domain

    with command_errors():
        found = find_domain(read, name)
        names = [read_name(text) for text in remove or ()]
        wanted = found.spf.include if found.spf else ()
        if found.spf and found.spf.texts:
            raise CommandError(f"{name}: the file has all its TXT records, which a rollout deploys", USAGE)
        if kept := sorted({*names} & {*wanted}):
            raise CommandError(f"{name}: the file includes {', '.join(kept)}; leave it out there first", USAGE)
        account, region = found.zone.account or read.account, read.regions[0]
        role = read_bootstraps().of(account, region).lookup_role if found.zone.account else None
        target = Target(account, region, (role,) if role else ())
        zone = ApexZone(found, make_clients(profiles, read.name), target, server, Budget(dns_timeout))
        change = zone.plan(wanted, names)
        show_lines(*change_lines(change))
        if change.is_done:
            say(f"{name}: nothing to change")
            raise typer.Exit
        _refuse(change)
        if plan or found.zone.id is None:
            say(f"{name}: " + ("nothing was written" if plan else "enter it at the DNS provider that serves the zone"))
            raise typer.Exit(WRONG)
        Consent(yes=yes).obtain("Write it?", otherwise="nothing was written")
        zone.write(change)
        say(f"{name}: written, and every server of the zone has it, with all that was there before")


def _refuse(change: "ApexChange") -> None:
    from mailproof.change.errors import CommandError
    from mailproof.exit_codes import UNANSWERED

    cost = change.cost_after
    if change.only_takes_out:
        say(*(f"{change.domain.name}: still at fault afterwards: {fault}" for fault in cost.faults))
        return
    if cost.faults:
        raise CommandError([f"{change.domain.name}: {fault}; nothing was written" for fault in cost.faults])
    if cost.unanswered:
        terms = ", ".join(branch.term for branch in cost.unanswered)
        what = f"{change.domain.name}: DNS does not answer for {terms}, so the cost is not known"
        raise CommandError(f"{what}; nothing was written; run the same command again", UNANSWERED)
