"""The SQL of the records: named statements, from the files of the folder `sql`."""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


def read_sql(name: str) -> str:
    """Return the text of the file `name`.sql."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def read_statements(name: str) -> dict[str, str]:
    """Return the statements of the file `name`.sql by their names: each follows a line `-- name: ...`."""
    _, *parts = _NAME.split(read_sql(name))
    return {key: _COMMENT.sub("", text).strip() for key, text in zip(parts[::2], parts[1::2], strict=True)}


def split_script(script: str) -> list[str]:
    """Return the statements of a script that is executed with one set of parameters."""
    return [statement for statement in script.split(";\n") if statement]
