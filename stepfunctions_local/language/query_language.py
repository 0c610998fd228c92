"""The two languages in which states say what they do with data."""

from enum import StrEnum


class QueryLanguage(StrEnum):
    """What QueryLanguage can be; JSONPath where it is absent."""

    JSONPATH = "JSONPath"
    JSONATA = "JSONata"
