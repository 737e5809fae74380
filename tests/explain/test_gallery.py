"""The pages are what the command, and others, say of the corpus."""

from tests.explain.gallery import JUDGED_PAGE, PAGE, build_judged_page, build_page


def test_the_pages_are_current() -> None:
    """`python -m tests.explain.gallery` writes them anew."""
    assert PAGE.read_text(encoding="utf-8") == build_page()
    assert JUDGED_PAGE.read_text(encoding="utf-8") == build_judged_page()
