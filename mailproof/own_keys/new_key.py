"""Make the first key of a domain, or have its key sign in more regions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.exit_codes import USAGE
from mailproof.model.command_lines import rollout_command, rotate_command
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.own_key import OwnKey
from mailproof.own_keys.key_book import KeyBook, choose_selector, find_domain, find_signer, read_key_book
from mailproof.own_keys.make_key import SECRET_PREFIX, KeyMaker, selector_prefix


@dataclass(frozen=True, slots=True)
class NewKeyOptions:
    """
    Options of a new key.

    Attributes:
        domain: Sending domain.
        selector: Of the key; None chooses one.
        consent: What a person has agreed to.
        now: The time, for the selector.
    """

    domain: str
    selector: str | None
    consent: Consent
    now: datetime


def make_new_key(
    environment: Environment, everything: Sequence[Environment], options: NewKeyOptions, maker: KeyMaker
) -> OwnKey:
    """
    Make the first key of a domain, or have its key sign in regions that have none.

    Args:
        environment: That of the domain.
        everything: All environments: a selector that another has names a record already.
        options: Options of a new key.
        maker: Makes it.

    Raises:
        CommandError: There is a key in every region, or can be none, nobody agreed, or AWS could not be asked.
    """
    domain, book = find_signer(environment, options.domain), read_key_book(environment)
    keys = book.of(domain.name)
    missing = [region for region in domain.regions if not any(region in key.regions for key in keys)]
    if not missing:
        todo = _way_to_use(environment, domain) or f"`{rotate_command(environment, domain.name)}` exchanges it"
        raise CommandError(f"{domain.name} has a key in every region; {todo}", USAGE)
    signing = next((key for key in keys if key.regions), None)
    if signing:
        say(f"{domain.name} has the key {signing.selector}; {', '.join(missing)} are to sign with it too")
        options.consent.obtain("Copy its secret there?", otherwise="nothing was copied")
        return _extend(domain, book, signing, missing, maker)
    taken = [key.selector for one in everything for key in read_key_book(one).of(domain.name)]
    selector = choose_selector(options.selector, selector_prefix(options.now), taken)
    secret = f"{SECRET_PREFIX}{domain.name}"
    say(f"A key of 2048 bits for {domain.name}, selector {selector}, into the secret {secret!r} of account")
    say(f"{environment.account} in {', '.join(domain.regions)}; its public half into {book.path}")
    options.consent.obtain("Make it?", otherwise="no key was made")
    key = maker.make(domain, selector, missing)
    book.save(domain.name, [key, *keys])
    return key


def _extend(
    domain: SendingDomain,
    book: KeyBook,
    key: OwnKey,
    missing: Sequence[str],
    maker: KeyMaker,
) -> OwnKey:
    if key.secret:
        maker.replicate(key, domain.regions)
    more = replace(key, regions=(*key.regions, *missing))
    book.save(domain.name, [more if each is key else each for each in book.of(domain.name)])
    return more


def next_steps(environment: Environment, domain: str) -> list[str]:
    """Say what comes after a key was made."""
    use = _way_to_use(environment, find_domain(environment, domain))
    return [*([use] if use else []), f"then: {rollout_command(environment)}"]


def _way_to_use(environment: Environment, domain: SendingDomain) -> str:
    """Say what to write so that own keys of a domain are used; empty if the file says so."""
    if domain.signing.is_external or not domain.signing.is_signed_by_ses:
        return ""
    ways = "write `dkim: {key: own}`, by which SES signs, or `dkim: {sign: self}`"
    return f"{environment.path}: {ways}, for {domain.name}"
