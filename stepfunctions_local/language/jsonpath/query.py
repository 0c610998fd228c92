"""Searches in a JSON document: wildcards, slices, filters and descents, by the general library.

Every search is bounded: it may visit `MAX_VISITS` nodes. The library takes a tenth of a second to import, so
this module is imported by the first path that needs it.
"""

from typing import Final, cast

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError, JSONPathMatch

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.json_text import MAX_DEPTH
from stepfunctions_local.language.jsonpath.query_filter import InvalidQuery

MAX_VISITS: Final = 300_000
"""How many nodes one search may look at, which takes about a second."""


class _Environment(JSONPathEnvironment):
    """The library without its own functions, which Step Functions does not know."""

    max_recursion_depth = MAX_DEPTH + 1

    def setup_function_extensions(self) -> None:
        """Register none."""


_environment = _Environment()


class _Budget:
    """What is left of the visits that a search may make."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = MAX_VISITS

    def spend(self) -> None:
        """Count one visit. Raises `EvaluationFailed` when there are none left."""
        self._left -= 1
        if self._left < 0:
            raise EvaluationFailed(f"The JSONPath '{self._text}' visits more than {MAX_VISITS} nodes.")


class _CountedMatch(JSONPathMatch):
    """A node of a search. It forgets the way to it, which nobody asks for, and counts."""

    __slots__ = ()

    def new_child(self, obj: object, key: int | str) -> JSONPathMatch:  # noqa: ARG002  the library's signature
        """Go one step down."""
        context = self.filter_context()
        cast("_Budget", context["budget"]).spend()
        return _CountedMatch(filter_context=context, obj=obj, parent=None, path="", parts=(), root=self.root)


class Query:
    """A search that was compiled once. Raises `InvalidQuery` for a text that is none."""

    __slots__ = ("_segments", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._segments = _compile(text).segments

    def find_all(self, data: Json) -> Json:
        """Return the list of what is found. Raises `EvaluationFailed` where that takes too long."""
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
