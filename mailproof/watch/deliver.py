"""Hand over what a run of the watch found: the page to a bucket, what is new to a topic."""

from collections.abc import Callable
from typing import Any

from mailproof.change.errors import CommandError
from mailproof.exit_codes import UNANSWERED
from mailproof.history.places import S3
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.objects import write_object
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.live.aws.topics import publish_message

HTML = "text/html; charset=utf-8"


def read_place(text: str) -> tuple[str, str] | None:
    """Return bucket and key of ``s3://BUCKET/KEY``; None if a text has another form."""
    found = S3.fullmatch(text)
    return (found["bucket"], found["prefix"]) if found and found["prefix"] else None


def put_page(session: AwsSession, place: str, page: str) -> None:
    """
    Put the report into a bucket.

    Args:
        session: May write there.
        place: ``s3://BUCKET/KEY``.
        page: HTML.

    Raises:
        CommandError: S3 did not take it.
    """
    found = read_place(place)
    if found is None:  # the option is checked before anything is asked
        raise ValueError(place)
    _hand_over(place, lambda: write_object(session.client("s3"), *found, page, HTML))


def publish(session: AwsSession, topic: str, subject: str, text: str) -> None:
    """
    Tell a topic what is new.

    Args:
        session: May publish to it.
        topic: Its ARN.
        subject: At most 100 characters of ASCII.
        text: The message.

    Raises:
        CommandError: SNS did not take it.
    """
    region = topic.split(":")[3]
    _hand_over(topic, lambda: publish_message(session.client("sns", region), topic, subject, text))


def _hand_over(place: str, call: Callable[[], Any]) -> None:
    answer = ask_aws(call)
    if isinstance(answer, Unanswered | NotFound):
        why = answer if isinstance(answer, Unanswered) else "it does not exist"
        raise CommandError(f"{place}: could not be delivered: {why}", UNANSWERED)
