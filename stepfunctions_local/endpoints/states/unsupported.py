"""Operations of AWS that this endpoint does not support, each with an alternative."""

INSTEAD: dict[str, str] = {}


def unsupported_message(operation: str) -> str:
    """Return the message for an operation that is not supported, with its alternative."""
    instead = INSTEAD.get(operation)
    return f"{operation} is not supported by stepfunctions-local." + (f" {instead}." if instead else "")
