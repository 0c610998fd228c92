"""Parses expressions, up to a limit: a definition could contain enough of them to parse for minutes."""

import threading
from typing import Final

from jsonata.jexception import JException
from jsonata.parser import Parser
from jsonata.regex_engine import RegexFlags

from stepfunctions_local.language.budget import MAX_EXPRESSION_LENGTH
from stepfunctions_local.language.jsonata.message import format_message
from stepfunctions_local.language.jsonata.pattern import Pattern, compile_pattern, measure_pattern
from stepfunctions_local.language.jsonata.recursion import allow_deeper_recursion

_REPETITIONS_PER_WORD: Final = 40
"""How many repetitions in a regular expression are compiled in the time of a word."""


class TooManyWords(ValueError):
    """The expressions of a definition are too long to be parsed in time."""

    def __init__(self) -> None:
        super().__init__("The expressions of the definition are too long")


class BoundedParser(Parser):
    """A parser that stops after `limit` words. It takes long to create, and is used many times."""

    words = 0
    limit = 0

    def advance(self, id: str | None = None, infix: bool = False) -> Parser.Symbol:  # noqa: FBT001, FBT002
        """Return the next word. Raises TooManyWords."""
        self.words += 1
        if self.words > self.limit:
            raise TooManyWords
        return super().advance(id, infix)

    def compile_bounded(self, text: str, flags: RegexFlags) -> Pattern:
        """Compile a regular expression, which counts as words too. Raises TooManyWords, JException."""
        self.words += measure_pattern(text) // _REPETITIONS_PER_WORD
        if self.words > self.limit:
            raise TooManyWords
        return compile_pattern(text, flags)


class PerThread(threading.local):
    """The parser of each thread."""

    def __init__(self) -> None:
        self.parser = BoundedParser()


def parse(text: str, limit: int) -> tuple[Parser.Symbol, int]:
    """Parse an expression of at most `limit` words. Return the tree and the number of its words.

    Raises ValueError, RecursionError.
    """
    if len(text) > MAX_EXPRESSION_LENGTH or limit <= 0:
        raise TooManyWords
    parser = _thread.parser
    parser.words, parser.limit = 0, limit
    try:
        with allow_deeper_recursion():
            tree = parser.parse(text, parser.compile_bounded)
    except JException as error:
        raise ValueError(format_message(error)) from error
    except (RecursionError, TooManyWords):
        raise
    except IndexError as error:
        raise ValueError("Unexpected end of expression") from error
    except Exception as error:
        # The library does not handle every text; any other error means that the text is not an expression.
        raise ValueError(f"The expression cannot be parsed: {error}") from error
    return tree, parser.words


_thread: Final = PerThread()
