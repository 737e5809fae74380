"""Regions: which are known, how a wrong one is refused, what SES's hosts there are called."""

import pytest

from mailproof.model.errors import InvalidValue
from mailproof.model.regions import (
    REGIONS,
    REGIONS_WITHOUT_TYPE,
    feedback_host,
    parse_region,
    partition,
    regions_of_partition,
)


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_parse_region_accepts_each_region_with_an_identity_type(region: str) -> None:
    """A region of the list is taken as it is."""
    assert region == parse_region(region)


@pytest.mark.parametrize("region", sorted(REGIONS_WITHOUT_TYPE))
def test_fails_on_a_region_without_the_identity_type(region: str) -> None:
    """A region that exists is not a typing error: no other is offered in its place."""
    with pytest.raises(InvalidValue) as caught:
        parse_region(region)
    assert (
        f"is not a region with an SES identity type in CloudFormation, got {region!r}; "
        "the documentation page 'Regions' lists the regions that have one"
    ) == str(caught.value)


@pytest.mark.parametrize(
    ("text", "todo"),
    [
        pytest.param("eu-wset-1", "did you mean 'eu-west-1'?", id="letters exchanged"),
        pytest.param("EU-West-1", "did you mean 'eu-west-1'?", id="upper case"),
        pytest.param("eu-west-1 ", "did you mean 'eu-west-1'?", id="blank behind"),
        pytest.param("Ireland", "the documentation page 'Regions' lists the regions that have one", id="nothing near"),
        pytest.param("", "the documentation page 'Regions' lists the regions that have one", id="empty"),
    ],
)
def test_fails_on_what_is_no_region(text: str, todo: str) -> None:
    """A wrong region is refused with the nearest one, or with where to find them."""
    with pytest.raises(InvalidValue) as caught:
        parse_region(text)
    assert f"is not a region with an SES identity type in CloudFormation, got {text!r}; {todo}" == str(caught.value)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        pytest.param("eu-west-1", "aws", id="commercial"),
        pytest.param("us-gov-west-1", "aws-us-gov", id="GovCloud"),
        pytest.param("eusc-de-east-1", "aws-eusc", id="European sovereign cloud"),
    ],
)
def test_partition_is_the_second_part_of_an_arn(region: str, expected: str) -> None:
    """A region belongs to one partition."""
    assert expected == partition(region)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", "feedback-smtp.eu-west-1.amazonses.com"),
        ("us-gov-west-1", "feedback-smtp.us-gov-west-1.amazonses.com"),
    ],
)
def test_feedback_host_names_the_region(region: str, expected: str) -> None:
    """A MAIL FROM domain's MX names SES's host in a region, without a dot behind."""
    assert expected == feedback_host(region)


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1"])
def test_the_regions_of_a_partition_are_all_those_that_one_account_can_reach(region: str) -> None:
    """Each region is in one partition."""
    others = set(REGIONS) - set(regions_of_partition(region))
    assert region not in others
    assert ("us-east-1" in others) == region.startswith("us-gov-")
    assert ("us-gov-east-1" in others) != region.startswith("us-gov-")
