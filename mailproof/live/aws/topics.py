"""Topics of SNS."""

from typing import Any


def publish_message(client: Any, topic: str, subject: str, text: str) -> None:
    """
    Publish a message.

    Args:
        client: boto3's for `sns`.
        topic: Its ARN.
        subject: At most 100 characters of ASCII.
        text: The message.

    Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    client.publish(TopicArn=topic, Subject=subject, Message=text)
