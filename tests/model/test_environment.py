"""Environments: identities in order, the regions in use, places as people read them."""

from mailproof.model.environment import Source
from tests.model.reading import HEAD, environment


def test_identities_pairs_every_domain_with_its_regions() -> None:
    """An identity is a domain in a region, in the order of the file."""
    found = environment("  - name: example.com\n  - {name: a.example.com, regions: [eu-west-1]}\n").identities()
    assert [(domain.name, region) for domain, region in found] == [
        ("example.com", "us-east-1"),
        ("example.com", "eu-west-1"),
        ("a.example.com", "eu-west-1"),
    ]


def test_all_regions_lists_those_in_use_the_environments_own_first() -> None:
    """A region that no domain sends from has nothing to deploy."""
    domains = "  - {name: example.com, regions: [ap-south-1, eu-west-1]}\n"
    assert environment(domains, HEAD).all_regions() == ("eu-west-1", "ap-south-1")


def test_a_source_says_where_something_stands() -> None:
    """Owners of a record are named by their place in a file."""
    assert str(Source("environments/prod.yaml", 14, "domains[2]")) == "domains[2] of environments/prod.yaml:14"
