"""Queries of a JSON document: wildcards, slices, filters and descents, by the library python-jsonpath.

Every query is bounded: it may visit `MAX_VISITS` nodes. The library takes a tenth of a second to import, so
the first path that needs this module imports it.
"""

from typing import Final, cast

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError, JSONPathMatch

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.json_text import MAX_DEPTH
from stepfunctions_local.language.jsonpath.query_filter import InvalidQuery

MAX_VISITS: Final = 300_000
"""How many nodes one query may visit, which takes about a second."""


class _Environment(JSONPathEnvironment):
    """The library without its own functions, which Step Functions does not support."""

    max_recursion_depth = MAX_DEPTH + 1

    def setup_function_extensions(self) -> None:
        """Register no functions."""


_environment = _Environment()


class _Budget:
    """The visits that a query has left."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = MAX_VISITS

    def spend(self) -> None:
        """Count one visit. Raises `EvaluationFailed` if none is left."""
        self._left -= 1
        if self._left < 0:
            raise EvaluationFailed(f"The JSONPath '{self._text}' visits more than {MAX_VISITS} nodes.")


class _CountedMatch(JSONPathMatch):
    """A node of a query. It counts visits, and does not keep its path, which is not used."""

    __slots__ = ()

    def new_child(self, obj: object, key: int | str) -> JSONPathMatch:
        """Return a child node, and count the visit."""
        context = self.filter_context()
        cast("_Budget", context["budget"]).spend()
        return _CountedMatch(filter_context=context, obj=obj, parent=None, path="", parts=(), root=self.root)


class Query:
    """A compiled query. Raises `InvalidQuery` for a text that is not a query."""

    __slots__ = ("_segments", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._segments = _compile(text).segments

    def find_all(self, data: Json) -> Json:
        """Return the list of all matching values. Raises `EvaluationFailed` if that takes too long."""
        matches = [_build_root(data, _Budget(self._text))]
        try:
            for segment in self._segments:
                matches = segment.resolve(matches)  # type: ignore[assignment]  # a generator will do
            return [cast("Json", match.obj) for match in matches]
        except (JSONPathError, RecursionError) as error:
            raise EvaluationFailed(f"The JSONPath '{self._text}' cannot be applied: {error}") from error


def _compile(text: str) -> JSONPath:
    try:
        return cast("JSONPath", _environment.compile(text))
    except (JSONPathError, RecursionError) as error:
        raise InvalidQuery(str(error).splitlines()[0]) from error


def _build_root(data: Json, budget: _Budget) -> JSONPathMatch:
    return _CountedMatch(
        filter_context={"budget": budget},
        obj=data,
        parent=None,
        path="$",
        parts=(),
        root=cast("list[Json]", data),
    )
