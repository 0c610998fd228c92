"""Values as text in the manner of Java, as States.Format writes them on AWS.

Source: recordings of AWS, and `AbstractMap.toString` and `AbstractCollection.toString` of Java's standard
library.
"""

from typing import Final

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.java_double import format_double


def to_java_text(value: Json) -> str:
    """Return the text of a value: a string as it is, an object as `{a=1, b=[x, y]}`."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={to_java_text(member)}' for name, member in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(to_java_text, value))}]"
    if isinstance(value, float):
        return format_double(value)
    return value if isinstance(value, str) else _WORDS.get(str(value), str(value))


_WORDS: Final = {"True": "true", "False": "false", "None": "null"}
