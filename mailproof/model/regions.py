"""Regions in which CloudFormation can create an SES identity, and SES's own hosts there."""

from difflib import get_close_matches

from mailproof.model import pages
from mailproof.model.errors import InvalidValue

# AWS::SES::EmailIdentity in the CloudFormation registry, as shipped in cfn-lint 1.58.0 (2026-10-20). Lists of SES
# endpoints are longer: SES runs in some regions where CloudFormation does not know the type.
REGIONS = frozenset(
    {
        "af-south-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-5",
        "ca-central-1",
        "ca-west-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eusc-de-east-1",
        "il-central-1",
        "me-central-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-gov-east-1",
        "us-gov-west-1",
        "us-west-1",
        "us-west-2",
    }
)


# Regions that exist: a name of theirs is not a typing error, so that no other is offered.
REGIONS_WITHOUT_TYPE = frozenset(
    {
        "ap-east-1",
        "ap-east-2",
        "ap-southeast-4",
        "ap-southeast-6",
        "ap-southeast-7",
        "cn-north-1",
        "cn-northwest-1",
        "eu-south-2",
        "me-south-1",
        "mx-central-1",
    }
)


def parse_region(text: str) -> str:
    """
    Check the name of a region.

    Raises:
        InvalidValue: CloudFormation has no SES identity there, or there is no such region.
    """
    if text in REGIONS:
        return text
    written = text.lower()
    close = [] if written in REGIONS_WITHOUT_TYPE else get_close_matches(written, sorted(REGIONS), n=1, cutoff=0.8)
    todo = f"did you mean {close[0]!r}?" if close else f"{pages.REGIONS} lists the regions that have one"
    raise InvalidValue("is not a region with an SES identity type in CloudFormation", text, todo)


def partition(region: str) -> str:
    """Return the AWS partition of a region, the second part of every ARN there."""
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws-eusc" if region.startswith("eusc-") else "aws"


def regions_of_partition(region: str) -> list[str]:
    """Return all regions of the AWS partition of a region."""
    return sorted(other for other in REGIONS if partition(other) == partition(region))


def feedback_host(region: str) -> str:
    """
    Return the host that a MAIL FROM domain's only MX names.

    Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
    """
    return f"feedback-smtp.{region}.amazonses.com"
