"""The names that variables can have.

Source: "Passing data between states with variables" in the Developer Guide.
"""

from typing import Final

MAX_NAME_LENGTH: Final = 80

STATES: Final = "states"
"""The variable `$states`, which Step Functions itself sets in JSONata: its name is reserved."""


def find_name_fault(name: str) -> str | None:
    """Return the fault of a variable's name, or None for a valid name.

    A name is an identifier of Unicode Standard Annex #31, as in Python, but cannot begin with an underscore.
    """
    if name == STATES:
        return f"The variable name '{name}' is reserved by Step Functions"
    if len(name) > MAX_NAME_LENGTH:
        return f"A variable's name has at most {MAX_NAME_LENGTH} characters; '{name[:20]}...' has {len(name)}"
    if not name.isidentifier() or name.startswith("_"):
        return (
            f"'{name}' cannot be a variable's name: it must start with a letter, followed by letters, "
            "digits and underscores"
        )
    return None
