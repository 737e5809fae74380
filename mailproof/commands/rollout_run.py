"""`mailproof rollout run`: deploy an environment wave by wave, with a proof after each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.commands.assembly_option import Assembly, assembly_of
from mailproof.commands.completion import environment_names
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DEFAULT_MAX_AGE,
    Environments,
    MaxAge,
    Profiles,
    ResolverAddress,
    StateFile,
)
from mailproof.commands.parse_options import read_environments, read_max_age, read_profiles, read_resolver
from mailproof.rollout.phase import Phase

if TYPE_CHECKING:
    from mailproof.check.drift import DriftReport
    from mailproof.model.environment import Environment
    from mailproof.model.waves import Wave
    from mailproof.rollout.run import RolloutOptions
    from mailproof.template.cloud_assembly import SynthesisedStack


NOTHING = "none"


def run(
    environment: Annotated[
        str, typer.Argument(metavar="ENV", autocompletion=environment_names, help="Environment to roll out.")
    ],
    *,
    wave: Annotated[int | None, typer.Option("--wave", min=1, metavar="N", help="Only this wave.")] = None,
    assembly: Assembly = None,
    only: Annotated[Phase | None, typer.Option("--only", help="Only this part of each wave.")] = None,
    approve: Annotated[
        str | None, typer.Option("--approve", metavar="ENV", help="Approve this environment, without a question.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Deploy the changes shown, without a question.")] = False,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            envvar="MAILPROOF_ALLOW",
            metavar="STACK:ID|DOMAIN",
            help="Allow the loss that the guard names, of this resource or the whole domain; may be repeated.",
        ),
    ] = None,
    max_removals: Annotated[
        int,
        typer.Option(
            "--max-removals",
            envvar="MAILPROOF_MAX_REMOVALS",
            min=0,
            metavar="N",
            help="Largest number of resources and whole domains that may lose something.",
        ),
    ] = DEFAULT_MAX_REMOVALS,
    accept_unsigned_gap: Annotated[
        bool,
        typer.Option(
            "--accept-unsigned-gap",
            envvar="MAILPROOF_ACCEPT_UNSIGNED_GAP",
            help="Let identities change the way in which they sign, though mail leaves unsigned meanwhile.",
        ),
    ] = False,
    skip_preflight: Annotated[bool, typer.Option("--skip-preflight", help="Do not run preflight.")] = False,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    resolver: ResolverAddress = None,
    profile: Profiles = None,
    state: StateFile = None,
    max_age: MaxAge = DEFAULT_MAX_AGE,
    deploy_profile: Annotated[
        str | None,
        typer.Option("--deploy-profile", metavar="NAME", help="AWS profile of cdk, if not --profile; empty: none."),
    ] = None,
) -> None:
    """
    Deploy an environment wave by wave; after each, wait until its domains are verified.

    Shows the changes first and asks once. Stops at the first failure and leaves what stands; the same command again
    goes on.

    Exit code 0: deployed and verified.
    1: something is wrong, or you declined.
    2: usage or environment file.
    3: something could not be asked.
    """
    everything = read_environments(environments, None)
    (read,) = read_environments(environments, [environment])
    profiles = read_profiles(profile, [read])
    read_resolver(resolver)
    age = read_max_age(max_age)
    if approve not in {None, environment}:
        raise typer.BadParameter(f"is not the environment {environment!r}", param_hint="--approve")
    allowed = _read_allowances(allow or ())
    waves = _choose_waves(read, wave)

    from mailproof.change.consent import Consent
    from mailproof.change.errors import same_command
    from mailproof.live.aws.session import profile_of
    from mailproof.model.command_lines import repair_command
    from mailproof.model.waves import build_waves
    from mailproof.rollout.checks import Allowance
    from mailproof.rollout.closing import next_command
    from mailproof.rollout.run import RolloutOptions

    place = () if environments == DEFAULT_ENVIRONMENTS else ("--environments", str(environments))
    reading = profile_of(profiles, environment)
    given = (*place, *(("--profile", reading) if reading else ()))
    asked_at = ("--resolver", resolver) if resolver else ()
    following = next_command(read, everything, len(build_waves(read)), wave, only)

    # A gate asks SES and DNS alone.
    folder_of = nullcontext(Path()) if only is Phase.GATE else assembly_of(assembly, environments)
    with command_errors(), folder_of as folder:
        options = RolloutOptions(
            environments=environments,
            assembly=folder,
            phase=only,
            consent=Consent(yes=yes, approved=approve),
            allowance=Allowance(
                switches=allowed,
                limit=max_removals,
                resume=same_command(),
                place=given,
                listed=frozenset(domain.name for one in everything for domain in one.domains),
                parked=frozenset(domain.name for domain in read.domains if domain.parking),
                unsigned_gap=accept_unsigned_gap,
                pending=_pending_zones(everything),
                elsewhere=frozenset(_names_elsewhere(everything)),
            ),
            preflight=not skip_preflight,
            deploy_profile=_deploy_profile(deploy_profile, reading),
            account=read.account,
            repairing=repair_command(read, _profile_options(profile)),
            asking=_asking(resolver, profile),
            keeping=("--state", str(state), "--max-age", max_age) if state else (),
            following=(*following, *(given if environment in following else place), *asked_at),
            checking=("mailproof", "check", "--environment", environment, *place, *_asking(resolver, profile)),
            held_elsewhere=frozenset(domain.name for domain in read.domains if domain.elsewhere),
            tidying=("mailproof", "prune", "--environment", environment, "--remove", *given),
        )
        compare = partial(_look_for_drift, read, reading, state, age)
        _run(read, waves, options, everything, compare)


def _look_for_drift(
    environment: "Environment",
    profile: str | None,
    state: Path | None,
    max_age: timedelta,
    stacks: "Sequence[SynthesisedStack]",
) -> "DriftReport":
    """Look by the credentials that read, as the gate: those that deploy may read neither SES nor Route 53."""
    from mailproof.check.drift_search import find_drift
    from mailproof.commands.kept import keeping
    from mailproof.live.aws.clients import Clients
    from mailproof.live.aws.session import AwsSession

    with keeping(state, max_age) as kept:
        return find_drift(environment, stacks, Clients(AwsSession(profile), prefer_roles=True), kept)


def _pending_zones(environments: "Sequence[Environment]") -> frozenset[str]:
    zones = (zone for environment in environments for zone in environment.zones.values())
    return frozenset(zone.id for zone in zones if zone.is_pending and zone.id)


def _names_elsewhere(environments: "Sequence[Environment]") -> "Iterator[str]":
    from mailproof.model.in_use import published_by_others
    from mailproof.model.records import all_records
    from mailproof.model.resources import identity_id

    for domain in (domain for environment in environments for domain in environment.domains):
        yield from (name for name, _ in published_by_others(domain))
        if domain.zone.is_served_elsewhere:
            yield from (domain.name, identity_id(domain.name))  # of DKIM, by which templates tell its records
            yield from (str(record.name) for record in all_records(domain))


def _read_allowances(values: Sequence[str]) -> frozenset[str]:
    """Read `--allow`; `none` stands for nothing, since a variable of a pipeline cannot be empty."""
    return frozenset(map(_read_allowance, values)) - {NOTHING}


def _read_allowance(value: str) -> str:
    from mailproof.model.errors import InvalidValue
    from mailproof.model.names import parse_sending_domain

    if value == NOTHING or all(value.partition(":")):
        return value
    try:
        return parse_sending_domain(value)
    except InvalidValue as err:
        words = f"is not a STACK:ID, got {value!r}, nor a domain; copy it from what the guard says"
        raise typer.BadParameter(words, param_hint="--allow") from err


def _choose_waves(environment: "Environment", number: int | None) -> "list[Wave]":
    from mailproof.model.waves import build_waves

    waves = build_waves(environment)
    if number is None:
        return waves
    if number > len(waves):
        raise typer.BadParameter(f"{environment.name!r} has {len(waves)}", param_hint="--wave")
    return [waves[number - 1]]


def _deploy_profile(given: str | None, reading: str | None) -> str | None:
    """Take the profile that reads for deploying too, unless another is given; empty stands for none at all."""
    return reading if given is None else given or None


def _asking(resolver: str | None, profiles: Sequence[str] | None) -> tuple[str, ...]:
    return (*(("--resolver", resolver) if resolver else ()), *_profile_options(profiles))


def _profile_options(profiles: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(option for profile in profiles or () for option in ("--profile", profile))


def _run(
    environment: "Environment",
    waves: "Sequence[Wave]",
    options: "RolloutOptions",
    everything: "Sequence[Environment]",
    compare: "Callable[[Sequence[SynthesisedStack]], DriftReport]",
) -> None:
    from dataclasses import replace

    from mailproof.change.programs import Programs, find_programs, read_bootstraps
    from mailproof.model.waves import build_waves
    from mailproof.rollout.run import Runner
    from mailproof.rollout.surroundings import look_around
    from mailproof.template.cloud_assembly import check_assembly, read_all, read_assembly

    if options.phase is Phase.GATE:
        Runner(options, Programs(cdk=""), {}).run(waves)
        return
    stacks = read_assembly(options.assembly, environment.name)
    check_assembly(stacks, (path for wave in build_waves(environment) for path in wave.stacks), options.assembly)
    look = partial(look_around, environment, everything, list(stacks.values()), read_bootstraps(stacks))
    others = tuple(stack for path, stack in read_all(options.assembly).items() if path not in stacks)
    Runner(replace(options, others=others), find_programs(), stacks, look, compare).run(waves)
