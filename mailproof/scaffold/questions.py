"""What a person is asked of an environment that is to be written, and what is proposed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.exit_codes import USAGE
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import could_not_ask
from mailproof.model.errors import InvalidValue
from mailproof.model.file_values import parse_account
from mailproof.model.names import longest_containing, parse_sending_domain, public_suffixes
from mailproof.model.regions import parse_region
from mailproof.scaffold.answers import EXTERNAL, Answers, ZonePlace, parse_zone
from mailproof.scaffold.found import HOME, Found

SHOWN = 10
"""Names in one line."""

T = TypeVar("T")
Identities = Callable[[Sequence[str]], Mapping[str, Sequence[str] | Unanswered]]


@dataclass(frozen=True, slots=True)
class Questions:
    """
    Asks for what is missing.

    Attributes:
        ask: Returns the answer to a question; None if nobody can be asked.
        found: What the credentials at hand have found.
        identities: Returns the domains that are identities already, by region.
    """

    ask: Callable[[str], str | None]
    found: Found
    identities: Identities

    def complete(self, given: Answers) -> Answers:
        """
        Return the answers, with what was missing.

        Raises:
            CommandError: There is nobody to answer.
        """
        self._say_what_was_found()
        answers = replace(given, account=given.account or self._ask_account())
        answers = replace(answers, regions=answers.regions or self._ask_regions())
        answers = replace(answers, domains=answers.domains or self._ask_domains(answers))
        return replace(answers, zones=dict(self._zones(answers)))

    def _say_what_was_found(self) -> None:
        found = self.found
        if isinstance(found.account, Unanswered):
            say(
                could_not_ask("AWS", found.account, HOME), "nothing can be proposed, and nothing is known to be missing"
            )
        elif isinstance(found.zones, Unanswered):
            say(f"the credentials belong to account {found.account}")
            say(could_not_ask("Route 53 for the hosted zones", found.zones, HOME))
        else:
            say(f"the credentials belong to account {found.account}, whose hosted zones are: {_listed(found.zones)}")

    def _ask_account(self) -> str:
        default = "" if isinstance(self.found.account, Unanswered) else self.found.account
        return self._obtain("AWS account that sends", default, parse_account)

    def _ask_regions(self) -> Sequence[str]:
        question = "Regions that it sends from, the home region first"
        return self._obtain(question, self.found.region, lambda text: _each(text, parse_region))

    def _ask_domains(self, answers: Answers) -> Sequence[str]:
        there: dict[str, None] = {}
        if self.found.account == answers.account:
            for region, names in self.identities(answers.regions).items():
                if isinstance(names, Unanswered):
                    say(could_not_ask(f"SES in {region} for its identities", names, region))
                    continue
                say(f"SES in {region} has: {_listed(names)}")
                there.update(dict.fromkeys(names))
        proposed = tuple(there) or tuple(answers.zones) or self._only_zone()
        chosen = self._obtain(
            "Domains that send", " ".join(proposed[:SHOWN]), lambda text: _each(text, parse_sending_domain)
        )
        if taken := there.keys() & set(chosen):
            plan = f"mailproof adopt --environment {answers.environment} --plan"
            say(f"identities already: {_listed(sorted(taken))}; {plan} shows how they come into the stacks")
        return chosen

    def _only_zone(self) -> tuple[str, ...]:
        zones = self.found.zones
        return tuple(zones) if not isinstance(zones, Unanswered) and len(zones) == 1 else ()

    def _zones(self, answers: Answers) -> Iterable[tuple[str, ZonePlace]]:
        zones = dict(answers.zones)
        for domain in answers.domains:
            if longest_containing(domain, zones) is None:
                name, place = self._zone_of(domain, answers)
                zones[name] = place
        return zones.items()

    def _zone_of(self, domain: str, answers: Answers) -> tuple[str, ZonePlace]:
        known: Mapping[str, Sequence[str]] = {} if isinstance(self.found.zones, Unanswered) else self.found.zones
        name = longest_containing(domain, known)
        owner = None if self.found.account == answers.account else str(self.found.account)
        if name and len(known[name]) == 1:
            place = ZonePlace(known[name][0], owner)
            say(f"{domain}: its records go to the zone {name} ({place})")
            return name, place
        if name:
            say(f"there are several zones of the name {name}: {', '.join(known[name])}")
        default = f"{name or public_suffixes(domain).privatesuffix(domain)}={EXTERNAL}"
        question = f"Zone of {domain}: NAME=ID of a hosted zone, or NAME={EXTERNAL} at another DNS provider"
        return self._obtain(question, default, parse_zone)

    def _obtain(self, question: str, default: str, parse: Callable[[str], T]) -> T:
        """Ask until the answer can be read; an empty one takes what is proposed."""
        while True:
            answer = self.ask(f"{question}{f' [{default}]' if default else ''}: ")
            if answer is None or (not answer and not default):
                raise CommandError(f"no answer to: {question}; nothing was written", USAGE)
            try:
                return parse(answer or default)
            except InvalidValue as err:
                say(str(err))


def _each(text: str, parse: Callable[[str], str]) -> Sequence[str]:
    """Read several values between blanks or commas."""
    return tuple(dict.fromkeys(map(parse, text.replace(",", " ").split())))


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more if shown else "none"
