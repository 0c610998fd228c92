"""Operations of AWS that this endpoint does not support, each with an alternative."""

_MAP_RUNS = "Map Runs belong to the distributed Map, which is not supported: use a Map in INLINE mode"

INSTEAD = {
    "DescribeMapRun": _MAP_RUNS,
    "ListMapRuns": _MAP_RUNS,
    "UpdateMapRun": _MAP_RUNS,
}


def unsupported_message(operation: str) -> str:
    """Return the message for an operation that is not supported, with its alternative."""
    instead = INSTEAD.get(operation)
    return f"{operation} is not supported by stepfunctions-local." + (f" {instead}." if instead else "")
