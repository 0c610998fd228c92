"""The pages of the documentation: their links work, and the list of pages is complete."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *ROOT.glob("docs/**/*.md"),
    ROOT / "examples/README.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
]


def text_of(page: Path) -> str:
    """Return the text of a page without its code, in which brackets are not links."""
    return re.sub(r"```.*?```|``.*?``|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as links write them."""
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """Return the targets of a page's links within the project."""
    found = re.findall(r"\]\(([^)\s]+)\)", text_of(page))
    return [link for link in found if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_has_a_target(page: Path) -> None:
    """The target is a file, and a heading in it if the link names one."""
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_on_the_list_of_pages() -> None:
    """Readers start from the list."""
    listed = {(ROOT / "docs" / link).resolve() for link in links(ROOT / "docs/README.md")}
    pages = set(ROOT.glob("docs/**/*.md")) - {ROOT / "docs/README.md"}
    assert pages - listed == set()
