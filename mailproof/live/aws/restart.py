"""Starts DKIM or MAIL FROM again where SES has stopped looking."""

from typing import Any

from mailproof.live.answer import Unanswered, unless_absent
from mailproof.live.aws.session import ask_aws
from mailproof.model.domain import MailFrom


def start_dkim(client: Any, domain: str) -> Unanswered | None:
    """
    Start Easy DKIM of an identity again.

    Should SES choose other tokens, the next look at the records says which are missing.

    Args:
        client: boto3 client for `sesv2` in the identity's region.
        domain: The identity.

    Returns:
        None if SES looks again, else why not.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityDkimSigningAttributes.html
    """
    return _failure(
        ask_aws(
            lambda: client.put_email_identity_dkim_signing_attributes(
                EmailIdentity=domain, SigningAttributesOrigin="AWS_SES"
            )
        )
    )


def start_mail_from(client: Any, domain: str, region: str, mail_from: MailFrom) -> Unanswered | None:
    """
    Set the MAIL FROM domain of an identity again, as the file has it.

    Args:
        client: boto3 client for `sesv2` in the identity's region.
        domain: The identity.
        region: AWS region.
        mail_from: As the file has it.

    Returns:
        None if SES looks again, else why not.

    Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutEmailIdentityMailFromAttributes.html
    """
    return _failure(
        ask_aws(
            lambda: client.put_email_identity_mail_from_attributes(
                EmailIdentity=domain,
                MailFromDomain=mail_from.name(region),
                BehaviorOnMxFailure=mail_from.on_mx_failure.value.upper(),
            )
        )
    )


def _failure(answer: object) -> Unanswered | None:
    failure = unless_absent(answer)
    return failure if isinstance(failure, Unanswered) else None
