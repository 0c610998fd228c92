"""The pages of the documentation: their links, lists, paths and figures are right."""

import re
from pathlib import Path

import pytest

from tests.template.pages import PAGES, ROOT, get_path, read_prose

GLOSSARY = ROOT / "docs/glossary.md"
FOLDERS = (
    "bench",
    "delay",
    "docs",
    "events",
    "examples",
    "hello_world",
    "stepfunctions_local",
    "tests",
    "verification",
)


def text_of(page: Path) -> str:
    """Return the text of a page without its code, in which brackets are not links."""
    return re.sub(r"```.*?```|``.*?``|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as links write them."""
    headings = re.findall(r"^#+ (.*)$", read_prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """Return the targets of a page's links within the project."""
    found = re.findall(r"\]\(([^)\s]+)\)", text_of(page))
    return [link for link in found if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=get_path)
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


def test_contents_of_a_page_have_each_of_its_headings() -> None:
    """A short page has no contents."""
    for page in ROOT.glob("docs/*/*.md"):
        prose = read_prose(page)
        contents = re.findall(r"^- \[([^\]]+)\]\(#[^)]+\)", prose, re.MULTILINE)
        assert contents in ([], re.findall(r"^## (.*)$", prose, re.MULTILINE)), get_path(page)


def test_word_is_linked_to_its_entry_of_the_glossary() -> None:
    """The head of the glossary leaves the reader to search."""
    linked = [
        (get_path(page), words)
        for page in PAGES
        for words, link in re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", read_prose(page))
        if (page.parent / link).resolve() == GLOSSARY
    ]
    assert [(page, words) for page, words in linked if "glossary" not in words.lower()] == []


def test_named_files_exist() -> None:
    """A file of this project is named by its path."""
    path = rf"`((?:{'|'.join(FOLDERS)})/[\w./-]+)`"
    named = [(get_path(page), found) for page in PAGES for found in re.findall(path, read_prose(page))]
    assert [(page, found) for page, found in named if not (ROOT / found).exists()] == []


def test_steps_of_the_rehearsal_are_on_its_page() -> None:
    """All of them, in the words that it prints."""
    page = (ROOT / "docs/how-to/rehearsal.md").read_text(encoding="utf-8")
    files = ("local_aws.py", "rehearsal.py", "story.py", "table/story.py")
    code = "".join((ROOT / "verification" / file).read_text(encoding="utf-8") for file in files)
    shown = re.findall(r"^ ?\d+ +[\d.]+ s  ok +(.*)$", page, re.MULTILINE)
    assert sorted(shown) == sorted(re.findall(r"\.step\(\"(.*?)\"\)", code))


def test_pages_have_one_number_of_recordings() -> None:
    """Its own page counts them."""
    conformance = (ROOT / "docs/reference/conformance.md").read_text(encoding="utf-8")
    (number,) = re.findall(r"\*\*(\d+) of the \1 recordings", conformance)
    docker = (ROOT / "docs/how-to/docker.md").read_text(encoding="utf-8")
    assert re.findall(r"(\d+) of (\d+) recordings", docker) == [(number, number)]
