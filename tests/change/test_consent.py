"""A person is asked before anything is changed."""

import pytest

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError


class Person:
    """Gives one answer and remembers the questions; None is nobody there."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.questions: list[str] = []

    def __call__(self, question: str) -> str | None:
        """Answer."""
        self.questions.append(question)
        return self.answer


def _obtain(consent: Consent) -> None:
    consent.obtain("Deploy?", otherwise="nothing was deployed")


def test_one_question_is_asked() -> None:
    """It ends with the answers that it takes."""
    person = Person("y")
    _obtain(Consent(ask=person))
    assert person.questions == ["Deploy? [y/N] "]


def test_an_approval_asks_for_the_name_of_the_environment() -> None:
    """A slip of the finger approves nothing."""
    person = Person("prod")
    Consent(ask=person).obtain_approval("prod")
    assert person.questions == ["Environment 'prod' needs approval. Write its name to deploy it: "]


def test_an_option_answers() -> None:
    """Nobody is asked."""
    _obtain(Consent(yes=True, ask=Person(None)))
    Consent(approved="prod", ask=Person(None)).obtain_approval("prod")


@pytest.mark.parametrize("answer", ["", "n"])
def test_fails_on_any_other_answer(answer: str) -> None:
    """Exit code 1; the message says what holds."""
    with pytest.raises(CommandError, match="declined; nothing was deployed") as caught:
        _obtain(Consent(ask=Person(answer)))
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("answer", ["", "y"])
def test_a_yes_is_no_approval(answer: str) -> None:
    """Only the name is."""
    with pytest.raises(CommandError, match="declined; nothing was deployed") as caught:
        Consent(ask=Person(answer)).obtain_approval("prod")
    assert caught.value.exit_code == 1


def test_fails_where_nobody_can_be_asked() -> None:
    """It names the option to give."""
    with pytest.raises(CommandError, match=r"no terminal to ask on; give --yes: mailproof .*--yes$") as caught:
        _obtain(Consent(ask=Person(None)))
    assert caught.value.exit_code == 2


def test_an_alternative_in_words_is_no_part_of_the_command() -> None:
    """What follows the colon can be pasted."""
    with pytest.raises(CommandError, match=r"give --yes, or --plan to look only: mailproof .*--yes$"):
        Consent(ask=Person(None)).obtain("Do it?", otherwise="nothing", option="--yes, or --plan to look only")


@pytest.mark.parametrize("consent", [Consent(ask=Person(None)), Consent(yes=True, approved="dev", ask=Person(None))])
def test_no_other_option_approves(consent: Consent) -> None:
    """Neither `--yes` nor the name of another environment does."""
    with pytest.raises(
        CommandError, match=r"no terminal to ask on; give --approve prod: mailproof .*--approve prod$"
    ) as caught:
        consent.obtain_approval("prod")
    assert caught.value.exit_code == 2
