"""Take the next step of a key exchange once its preconditions are proved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, stop_if
from mailproof.change.say import say, show_lines
from mailproof.exit_codes import USAGE
from mailproof.model.command_lines import new_key_command, rollout_command
from mailproof.model.environment import Environment
from mailproof.model.own_key import OwnKey
from mailproof.own_keys.evidence import Verdict, Witness, look_at_keys
from mailproof.own_keys.key_book import KeyBook, choose_selector, read_key_book
from mailproof.own_keys.make_key import KeyMaker, selector_prefix
from mailproof.own_keys.rotation import Move, Step, next_step

SENDER = "the sender signs, and no API shows with which key: look at s= in the DKIM-Signature of a message"


@dataclass(frozen=True, slots=True)
class RotateOptions:
    """
    Options of a key exchange.

    Attributes:
        begin: Whether a new exchange may begin, if none is under way.
        plan_only: Whether nothing is changed.
        consent: What a person has agreed to.
        now: The time.
        resume: The command that takes the next step.
    """

    begin: bool
    plan_only: bool
    consent: Consent
    now: datetime
    resume: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """
    The exchange of a key.

    Attributes:
        witness: Looks at what is proved.
        maker: Makes the new key.
        everything: All environments: a selector that another has names a record already.
        options: Options of a key exchange.
    """

    witness: Witness
    maker: KeyMaker
    everything: Sequence[Environment]
    options: RotateOptions

    def take_step(self) -> None:
        """
        Show the keys, prove what the next step stands on, ask, and write it into the key file.

        Raises:
            CommandError: There is no own key, a proof is missing, it is too early, something could not be asked, or
                nobody agreed.
        """
        environment, domain, options = self.witness.environment, self.witness.domain, self.options
        if not domain.signing.own_keys:
            what = f"{environment.path}: {domain.name} signs with keys of SES, which exchanges them itself"
            make = new_key_command(environment.path, domain.name)
            raise CommandError(f"{what}; if it is to sign with one of your own, make that first: `{make}`", USAGE)
        book = read_key_book(environment)
        keys = book.of(domain.name)
        by_sender = not domain.signing.is_signed_by_ses
        step = next_step(keys, domain.regions, options.now, at_once=by_sender)
        show_lines(*(f"{domain.name}: {line}" for line in key_lines(keys)))
        if step.move is Move.BEGIN and not options.begin:
            say(f"no exchange is under way; to begin one: {options.resume} --begin")
            return
        self._prove(step)
        if by_sender and step.move is Move.UNUSED:
            say(SENDER)
        say(f"next: {step.words}")
        if options.plan_only:
            return
        options.consent.obtain("Take this step?", otherwise="nothing was changed")
        self._write(book, step)
        say(f"{book.path}: written", *self._following(step))

    def _prove(self, step: Step) -> None:
        options, witness = self.options, self.witness
        found = list(look_at_keys(witness, step.published, step.key, step.signing))
        say(*map(str, found))
        if step.published and witness.resolver:
            zone = witness.domain.zone.name
            say(f"of DNS, {witness.resolver} alone was asked (--resolver), not every server of {zone}")
        too_early = []
        if step.until and options.now < step.until:
            too_early.append(
                f"too early before {step.until:%Y-%m-%d %H:%M} UTC: mail with the old signature may still be on its way"
            )
        stop_if(
            [*(str(one) for one in found if one.verdict is Verdict.NOT_YET), *too_early],
            [str(one) for one in found if one.verdict is Verdict.UNKNOWN],
            f"held: {step.words}; all of this has to be proved first",
            f"if something of it is not deployed: {rollout_command(witness.environment)}",
            f"then the same command again: {options.resume}",
        )

    def _write(self, book: KeyBook, step: Step) -> None:
        domain, keys = self.witness.domain, step.keys
        if step.move is Move.BEGIN:
            taken = [key.selector for one in self.everything for key in read_key_book(one).of(domain.name)]
            selector = choose_selector(None, selector_prefix(self.options.now), taken)
            keys = (self.maker.make(domain, selector, ()), *keys)
        book.save(domain.name, keys)

    def _following(self, step: Step) -> list[str]:
        resume = f"then the next step: {self.options.resume}"
        if step.move is Move.UNUSED:
            return [resume]
        deploy = f"deploy it: {rollout_command(self.witness.environment)}"
        if step.move is Move.REMOVE:
            return [f"{deploy}, whose guard asks about the revoked record"]
        return [deploy, resume]


def key_lines(keys: Sequence[OwnKey]) -> list[str]:
    """Show the keys of a domain, the newest first."""
    return [f"{key.selector}: {_state(key, index, keys)}" for index, key in enumerate(keys)]


def _state(key: OwnKey, index: int, keys: Sequence[OwnKey]) -> str:
    if key.regions:
        return f"signs in {', '.join(key.regions)}"
    if key.is_revoked:
        return "revoked"
    if any(older.regions for older in keys[index + 1 :]):
        return "about to sign"
    return f"out of use since {key.unused_since:%Y-%m-%d}" if key.unused_since else "signs no more"
