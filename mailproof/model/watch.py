"""The ``watch`` of an environment file: what checks the environment again and again."""

import re
from dataclasses import dataclass

from mailproof.model.errors import InvalidValue

KEEP_LIMIT_DAYS = 3650
COUNT_MARK = "MAILPROOF_FINDINGS"
"""Begins the lines of a run's log that a metric is made of: severity and count follow."""
WATCHED = ("error", "unknown", "warning")
"""Severities with a metric and an alarm."""
# Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled rules".
SCHEDULE = re.compile(
    r"rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\)|cron\(([^\s()]+ ){5}[^\s()]+\)"
)
TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class Watch:
    """
    What checks an environment again and again.

    Attributes:
        schedule: An expression of EventBridge.
        region: Of its stack.
        topic: ARN of the SNS topic that is told what is new; None if the stack makes one.
        keep_days: How long runs and reports are kept, days.
        mask: Whether addresses in them are masked.
    """

    schedule: str
    region: str
    topic: str | None
    keep_days: int
    mask: bool = False


def parse_schedule(text: str) -> str:
    """
    Take a schedule.

    Raises:
        InvalidValue: It is none.
    """
    if not SCHEDULE.fullmatch(text):
        todo = "write rate(1 day), rate(6 hours) or cron(0 6 * * ? *)"
        raise InvalidValue("is not a schedule of EventBridge", text, todo)
    return text


def parse_topic(text: str) -> str:
    """
    Take the ARN of an SNS topic.

    Raises:
        InvalidValue: It is none.
    """
    if not TOPIC.fullmatch(text):
        raise InvalidValue("is not the ARN of an SNS topic", text, "copy it from the console of SNS")
    return text
