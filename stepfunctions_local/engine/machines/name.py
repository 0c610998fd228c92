"""The rule for names of state machines and executions."""

import re

from stepfunctions_local.engine.errors import InvalidName

_FORBIDDEN = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]""")
"""Source: StartExecution in the API Reference, on what `name` must not contain."""


def require_valid_name(name: str) -> str:
    """Return a name if it is valid.

    Raises:
        InvalidName: it contains white space, brackets, wildcards, control or other special characters.

    """
    if _FORBIDDEN.search(name):
        raise InvalidName(name)
    return name
