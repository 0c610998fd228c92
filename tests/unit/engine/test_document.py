"""JSON text and its value in one document."""

import pytest

from stepfunctions_local.engine.execution.document import MAX_BYTES, Document


def test_document_keeps_its_text() -> None:
    """Reading the value changes no space of the text."""
    document = Document(' {"b": 1.0,  "a": 2}')
    assert document.value == {"b": 1.0, "a": 2}
    assert document.text == ' {"b": 1.0,  "a": 2}'


def test_value_is_written_without_white_space() -> None:
    """AWS writes it the same way."""
    assert Document.of({"a": [1, "é"]}).text == '{"a":[1,"é"]}'


@pytest.mark.parametrize(
    ("text", "too_large"),
    [
        ("x" * MAX_BYTES, False),
        ("x" * (MAX_BYTES + 1), True),
        ("€" * (MAX_BYTES // 3), False),
        ("€" * (MAX_BYTES // 3 + 1), True),
    ],
)
def test_size_is_counted_in_bytes(text: str, *, too_large: bool) -> None:
    """The limit is 262,144 bytes."""
    assert Document(text).is_too_large is too_large
