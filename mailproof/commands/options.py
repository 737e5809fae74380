"""Options that several commands have."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from mailproof.commands.completion import environment_names, region_names
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.report.formats import ReportFormat, known_suffixes

Environments: TypeAlias = Annotated[
    Path, typer.Option("--environments", help="Folder of the environment files.", show_default=True)
]
EnvironmentNames: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--environment",
        metavar="NAME",
        autocompletion=environment_names,
        help="Only this environment; may be repeated.",
    ),
]
Domains: TypeAlias = Annotated[
    list[str] | None, typer.Option("--domain", metavar="NAME", help="Only this domain; may be repeated.")
]
Regions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="NAME", autocompletion=region_names, help="Only this region; may be repeated."),
]
ResolverAddress: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--resolver",
        envvar="MAILPROOF_RESOLVER",
        metavar="HOST[:PORT]",
        help="Ask this one resolver and nothing else. Without it: this machine's, and the zone's own servers before a "
        "record is called missing or wrong.",
    ),
]
DnsTimeout: TypeAlias = Annotated[
    float,
    typer.Option(
        "--dns-timeout",
        min=0.1,
        max=120,
        metavar="SECONDS",
        help="When to give up on one DNS query, retries included.",
    ),
]
Profiles: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        metavar="[ENV=]NAME",
        help="AWS profile, of all environments or of one; may be repeated. Without it: the standard credential chain.",
    ),
]
AccountProfiles: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        metavar="[ENV=|ACCOUNT=]NAME",
        help="AWS profile, of all environments, of one, or of an account that owns zones; may be repeated. Without it: "
        "the standard credential chain, and for accounts of zones the roles of the CDK's bootstrap.",
    ),
]
FormerAccounts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="ID",
        help="Also in this account, which owned zones and is in no file any more; may be repeated.",
    ),
]
OutputFormat: TypeAlias = Annotated[ReportFormat, typer.Option("--format", help="How the report is written to stdout.")]
OutputFiles: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write the report to this file as well; may be repeated. Its ending says the format: "
        f"{', '.join(known_suffixes())}; with any other it is that of --format.",
        show_default=False,
    ),
]

Mask: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--mask",
        envvar="MAILPROOF_MASK",
        help="Show only the first character and the domain of each address: s...@example.com.",
    ),
]
ListAll: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--all", help="List every domain and finding at a terminal, where only the worst are shown otherwise."
    ),
]
Receivers: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--receivers",
        help="Say also whether mail meets what Gmail, Yahoo, Microsoft and Apple ask of senders, as far as a check can "
        "know.",
    ),
]
StateFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--state",
        envvar="MAILPROOF_STATE",
        metavar="FILE",
        help="Keep what SES says of each identity in this file, and ask only for what is not verified, has changed or "
        "is older than --max-age.",
    ),
]
MaxAge: TypeAlias = Annotated[
    str,
    typer.Option(
        "--max-age",
        metavar="DURATION",
        help="Oldest facts to take from the file of --state: 90m, 24h, 7d; 0 asks SES for everything.",
    ),
]
HistoryPlace: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--history",
        envvar="MAILPROOF_HISTORY",
        metavar="FOLDER|s3://BUCKET/PREFIX",
        help="Keep this run there, and say what is new since the last one, and what is gone.",
    ),
]
HistoryAge: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--history-keep",
        metavar="DURATION",
        help="Delete kept runs that are older, never the last: 90d. Without it all stay.",
    ),
]

DEFAULT_ENVIRONMENTS = Path(DEFAULT_FOLDER)
DNS_TIMEOUT_S = 5.0
DEFAULT_MAX_AGE = "24h"
