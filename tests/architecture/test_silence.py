"""Errors that are passed over in silence: each place says why that is right."""

import re

from tests.architecture.test_rooms import PACKAGES, ROOT, tracked_files

SUPPRESSED = re.compile(r"\bsuppress\(.*:|\breturn_exceptions=True|\bignore_errors=True")
PASSED_OVER = re.compile(r"^ *except\b[^\n]*:[^\n]*\n(?P<body> *(?:pass|continue)\b[^\n]*)$", re.MULTILINE)


def find_unexplained(text: str) -> list[str]:
    """Return the lines that suppress an error without a comment on the line, or on the one before."""
    lines = text.splitlines()
    pairs = zip(["", *lines], lines, strict=False)
    suppressed = [
        line for before, line in pairs if SUPPRESSED.search(line) and not {"#"} & {*line, before.strip()[:1]}
    ]
    return suppressed + [match[0] for match in PASSED_OVER.finditer(text) if "#" not in match[0]]


def test_comment_explains_each_suppressed_error() -> None:
    """Silence about an error is right only for a reason that a reader can judge."""
    files = [path for path in tracked_files() if path.parts[0] in PACKAGES and path.suffix == ".py"]
    unexplained = {str(path): find_unexplained((ROOT / path).read_text(encoding="utf-8")) for path in files}
    assert {path: lines for path, lines in unexplained.items() if lines} == {}


def test_suppressed_error_without_a_comment_is_found() -> None:
    """Whichever way an error is suppressed."""
    for line in (
        "with suppress(OSError):",
        "rmtree(path, ignore_errors=True)",
        "try:\n    f()\nexcept E:\n    pass",
    ):
        assert find_unexplained(line)
    assert not find_unexplained("# it is gone\nwith suppress(OSError):")
    assert not find_unexplained("with suppress(OSError):  # it is gone")
