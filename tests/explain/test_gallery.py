"""The page of explained messages is what the command says of them."""

from tests.explain.gallery import PAGE, build_page


def test_the_page_is_current() -> None:
    """`python -m tests.explain.gallery` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == build_page()
