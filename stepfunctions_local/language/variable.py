"""Variables: the names that Assign can give.

Source: "Passing data between states with variables" in the Developer Guide.
"""

from typing import Final

MAX_NAME_LENGTH: Final = 80

RESERVED: Final = "states"
"""The variable that Step Functions itself sets in JSONata."""


def find_name_fault(name: str) -> str | None:
    """Say what is wrong with a variable's name, if anything is.

    A name is an identifier of Unicode Standard Annex #31, as Python's are, except that a first underscore is
    no letter there.
    """
    if name == RESERVED:
        return f"The variable name '{name}' is reserved by Step Functions"
    if len(name) > MAX_NAME_LENGTH:
        return f"A variable's name has at most {MAX_NAME_LENGTH} characters; '{name[:20]}...' has {len(name)}"
    if not name.isidentifier() or name.startswith("_"):
        return (
            f"'{name}' cannot be a variable's name: it starts with a letter and goes on with letters, digits "
            "and underscores"
        )
    return None
