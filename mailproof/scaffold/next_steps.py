"""What is to be done once the files of a repository are written."""

from collections.abc import Iterator

from mailproof.scaffold.answers import Answers

COLUMN = 34


def next_steps(answers: Answers) -> Iterator[str]:
    """Yield what to type, line by line, with what it is for."""
    yield "Next:"
    for command, purpose in _commands(answers):
        yield f"  {command:<{COLUMN}}  # {purpose}"


def _commands(answers: Answers) -> Iterator[tuple[str, str]]:
    places = " ".join(f"aws://{answers.account}/{region}" for region in answers.regions)
    name = answers.environment
    yield "pip install -r requirements.txt", "the versions that were tested"
    yield "mailproof try", "deploy it to an AWS on this machine; needs mailproof[try]"
    yield "pytest --mailproof-update", "record the templates; commit them, and pytest compares from now on"
    yield "mailproof doctor", "what is missing for a real account"
    yield "npm ci --ignore-scripts", "the command line of the CDK, which the next line needs"
    yield f"npx cdk bootstrap {places}", "once for each account and region"
    yield f"mailproof rollout run {name}", "deploy, and wait until SES and DNS prove it"
    if any(place.id is None for place in answers.zones.values()):
        yield f"mailproof records --environment {name}", "what to enter at the other DNS provider"
