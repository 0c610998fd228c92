"""The payload on the command line: JSON, a file, or standard input."""

from pathlib import Path

import pytest

from delay.cli.parameters import PayloadText


def test_name_of_a_file_without_its_sign_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says how to name the file."""
    monkeypatch.chdir(tmp_path)
    Path("task.json").write_text('{"order": 42}')
    with pytest.raises(ValueError, match=r"not JSON: .* For the file of that name write @task\.json\."):
        PayloadText().parse("task.json")
    assert PayloadText().parse("@task.json") == {"order": 42}


@pytest.mark.parametrize("text", ["{a: 1}", "x" * 5000, "\0"])
def test_text_that_names_no_file_is_only_not_json(text: str) -> None:
    """No text is too long or too strange to be looked up as a file."""
    with pytest.raises(ValueError, match="not JSON") as refusal:
        PayloadText().parse(text)
    assert "@" not in str(refusal.value)
