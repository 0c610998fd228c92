"""The pages of the documentation: their prose, their blocks of code, and the commands in these."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *ROOT.glob("docs/**/*.md"),
    ROOT / "examples/README.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
]

_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE: Final = re.compile(r"`((?:\.venv/bin/)?(?:aws|delay|make) [^`\n]+)`")
_SEPARATORS: Final = ";<>|&()\n"
_KEYWORDS: Final = frozenset({"do", "until", "if", "then", "!", "nice"})


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code, and its language."""

    language: str
    text: str


def get_path(page: Path) -> str:
    """Return a page's path in the project."""
    return str(page.relative_to(ROOT))


def read_blocks(page: Path) -> list[Block]:
    """Return the blocks of code of a page, in order."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def read_prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))


def read_shell(page: Path) -> str:
    """Return all that a page has the reader type into a shell."""
    blocks = read_blocks(page)
    typed = [block.text for block in blocks if block.language == "sh"]
    shown = [block.text for block in blocks if block.language == "console"]
    return "\n".join(typed + re.findall(r"^\$ (.*)$", "".join(shown), re.MULTILINE))


def read_commands(page: Path, program: str) -> Iterator[list[str]]:
    """Return the arguments of each call of `aws`, `delay` or `make`, in blocks and in sentences."""
    sentences = [code for code in _INLINE.findall(read_prose(page)) if "..." not in code]
    for words in _split("\n".join([read_shell(page), *sentences])):
        called = [number for number, word in enumerate(words) if word.split("/")[-1] == program]
        if called and (called[0] == 0 or words[0] == "xargs"):
            yield words[called[0] + 1 :]


def _split(shell: str) -> Iterator[list[str]]:
    text = re.sub(r"<<'END'\n.*?\nEND$", "", shell.replace("\\\n", " "), flags=re.MULTILINE | re.DOTALL)
    lexer = shlex.shlex(
        re.sub(r"(^|\s)#.*$", "", text, flags=re.MULTILINE), posix=True, punctuation_chars=_SEPARATORS
    )
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t", "", True
    words: list[str] = []
    for word in [*lexer, "\n"]:
        if not set(word) <= set(_SEPARATORS):
            words.append(word)
        elif words:
            yield _drop_prefix(words)
            words = []


def _drop_prefix(words: list[str]) -> list[str]:
    while words and (words[0] in _KEYWORDS or re.match(r"\w+=", words[0])):
        words = words[1:]
    return words
