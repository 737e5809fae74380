"""What a person is asked before a deployment."""

import pytest

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.model.waves import Wave

PLAIN = Wave("prod", 1, ("us-east-1",), ("prod/dns",), 1, approval=False, gate_timeout_s=60)
APPROVED = Wave("prod", 1, ("us-east-1",), ("prod/dns",), 1, approval=True, gate_timeout_s=60)


class Person:
    """Gives one answer and remembers the questions; None is nobody there."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.questions: list[str] = []

    def __call__(self, question: str) -> str | None:
        """Answer."""
        self.questions.append(question)
        return self.answer


@pytest.mark.parametrize(
    ("wave", "answer", "question"),
    [
        (PLAIN, "y", "Deploy wave 1 of 'prod'? [y/N] "),
        (APPROVED, "prod", "Environment 'prod' needs approval. Write its name to deploy it: "),
    ],
)
def test_one_question_is_asked(wave: Wave, answer: str, question: str) -> None:
    """An approval needs the environment's name, and is the only question then."""
    person = Person(answer)
    Consent(ask=person).obtain([wave])
    assert person.questions == [question]


@pytest.mark.parametrize(
    ("wave", "consent"),
    [
        (PLAIN, Consent(yes=True, ask=Person(None))),
        (PLAIN, Consent(approved="prod", ask=Person(None))),
        (APPROVED, Consent(approved="prod", ask=Person(None))),
    ],
)
def test_an_option_answers(wave: Wave, consent: Consent) -> None:
    """Nobody is asked."""
    consent.obtain([wave])


@pytest.mark.parametrize(("wave", "answer"), [(PLAIN, ""), (PLAIN, "n"), (APPROVED, "y"), (APPROVED, "")])
def test_fails_on_any_other_answer(wave: Wave, answer: str) -> None:
    """Yes is not enough for an approval."""
    with pytest.raises(CommandError, match="not agreed to; nothing was deployed") as caught:
        Consent(ask=Person(answer)).obtain([wave])
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("wave", "consent", "option"),
    [
        (PLAIN, Consent(ask=Person(None)), "--yes"),
        (APPROVED, Consent(ask=Person(None)), "--approve prod"),
        (APPROVED, Consent(yes=True, ask=Person(None)), "--approve prod"),
    ],
)
def test_fails_where_nobody_can_be_asked(wave: Wave, consent: Consent, option: str) -> None:
    """It names the option to give; `--yes` is no approval."""
    with pytest.raises(CommandError, match=f"no terminal to ask on; give {option}$") as caught:
        consent.obtain([wave])
    assert caught.value.exit_code == 2
