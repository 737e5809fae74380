"""`mailproof explain`: why a message that arrived passes or fails."""

import ipaddress
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import show, terminal_width
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DNS_TIMEOUT_S,
    DnsTimeout,
    EnvironmentNames,
    Environments,
    Mask,
    Profiles,
    ResolverAddress,
)
from mailproof.commands.parse_options import read_environments_if_there, read_profiles, read_resolver
from mailproof.explain.formats import ExplanationFormat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mailproof.dmarc.sources import Ours
    from mailproof.explain.explanation import Explanation
    from mailproof.explain.messages import Found
    from mailproof.explain.report import Explanations, UnreadMessage
    from mailproof.explain.run import Judging
    from mailproof.live.resolver import Lookup
    from mailproof.live.transport import Server
    from mailproof.model.environment import Environment


def explain(
    *,
    places: Annotated[
        list[Path],
        typer.Argument(metavar="MESSAGE...", help="Files, mailboxes (mbox), Maildirs; `-` is standard input."),
    ],
    trusted: Annotated[
        list[str] | None,
        typer.Option("--trusted", metavar="NAME", help="Authserv-id of a receiver of yours, such as mx.google.com."),
    ] = None,
    client_ip: Annotated[
        str | None,
        typer.Option("--client-ip", metavar="ADDRESS", help="Where the message came from, instead of from Received."),
    ] = None,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    ask_ses: Annotated[
        bool, typer.Option("--ask-ses", help="Ask SES for DKIM tokens, which tell the region that has signed.")
    ] = False,
    profile: Profiles = None,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    mask: Mask = False,
    list_all: Annotated[bool, typer.Option("--all", help="Explain each of many messages, not in a line only.")] = False,
    form: Annotated[ExplanationFormat, typer.Option("--format", help="How it is written.")] = ExplanationFormat.TABLE,
) -> None:
    """
    Explain received messages: who signed them, what aligns, what receivers decide, and why.

    Verifies every signature, SPF and DMARC through DNS, now: a key may have been exchanged since. Shows beside it what
    the receiver has noted, knows the traces of SES, and names the line of the environment file that a message belongs
    to. Nothing that a message links to is fetched.

    Exit code 0: every message passes DMARC.
    1: one does not.
    2: usage or environment file, or something is not a message.
    3: something could not be asked, or a message does not tell enough.
    """
    if client_ip is not None:
        try:
            ipaddress.ip_address(client_ip)
        except ValueError as err:
            raise typer.BadParameter(str(err), param_hint="--client-ip") from err
    read = read_environments_if_there(environments, environment)
    server, profiles = read_resolver(resolver), read_profiles(profile, read)

    from mailproof.dmarc.sources import known_as_ours
    from mailproof.explain.mail import ip_address
    from mailproof.explain.messages import find_messages
    from mailproof.explain.run import Judging
    from mailproof.explain.table import build_table
    from mailproof.report.mask import masked

    found = (each for place in places for each in find_messages(place, sys.stdin.buffer))
    with command_errors():
        ours = _ask(read, profiles) if ask_ses else known_as_ours(read)
        judging = Judging(read, ours, tuple(trusted or ()), str(ip_address(client_ip or "") or ""))
        explained = _explain_all(found, server, dns_timeout, judging)
    explained = masked(explained) if mask else explained
    is_table = form is ExplanationFormat.TABLE
    show(build_table(explained, whole=list_all, width=terminal_width()) if is_table else form.build(explained))
    raise typer.Exit(explained.exit_code)


def _explain_all(
    found: "Iterable[Found]", server: "Server | None", dns_timeout: float, judging: "Judging"
) -> "Explanations":
    """Explain messages, one after the other; their questions to DNS are asked once."""
    import asyncio

    from mailproof.check.run import now
    from mailproof.explain.explanation import Explanation
    from mailproof.explain.report import Explanations, UnreadMessage
    from mailproof.live.asking import asking
    from mailproof.live.resolver import Budget

    async def work() -> "Explanations":
        started = now()
        results: list[Explanation | UnreadMessage] = []
        with asking(server, Budget(dns_timeout)) as (lookup, _):
            for each in found:
                if each.message is None:
                    results.append(UnreadMessage(place=each.place, why=each.why))
                else:
                    results.append(await _explain_one(each, each.message, lookup, judging))
        return Explanations(
            explained_at=started,
            messages=[each for each in results if isinstance(each, Explanation)],
            unread=[each for each in results if isinstance(each, UnreadMessage)],
        )

    return asyncio.run(work())


async def _explain_one(
    found: "Found", message: bytes, lookup: "Lookup", judging: "Judging"
) -> "Explanation | UnreadMessage":
    from mailproof.explain.mail import NoMessageError
    from mailproof.explain.report import UnreadMessage
    from mailproof.explain.run import explain as explain_message

    try:
        return await explain_message(message, lookup, judging, place=found.place, is_quoted=found.is_quoted)
    except NoMessageError as err:
        return UnreadMessage(place=found.place, why=str(err))


def _ask(environments: "Sequence[Environment]", profiles: dict[str, str]) -> "Ours":
    from mailproof.commands.dmarc_reading import ask_tokens

    return ask_tokens(environments, [domain.name for each in environments for domain in each.domains], profiles)
