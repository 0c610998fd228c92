"""A message of the dead-letter queue as text: in one line, and for programs."""

import json

from delay.dead_letters.letter import DeadLetter
from delay.text.moment import format_exactly, format_moment
from delay.text.plain import plain

_LONGEST_TEXT = 200


def letter_line(letter: DeadLetter) -> str:
    """Tell in one line which task has failed, when and why; what is long is cut."""
    key = plain(letter.generation.key) if letter.generation else f"(message {letter.message_id})"
    why = ": ".join(plain(text) for text in (letter.error, letter.cause) if text)
    ended = format_moment(letter.ended) if letter.ended else "-"
    return f"{ended}  {key}  {_cut(why)}".rstrip()


def letter_json(letter: DeadLetter, **more: str | None) -> str:
    """Write a message for programs, with what became of it. What is not known is null."""
    told = {
        "key": letter.generation and letter.generation.key,
        "arn": letter.arn,
        "status": letter.status,
        "ended": letter.ended and format_exactly(letter.ended),
        "error": letter.error,
        "cause": letter.cause,
        "message_id": letter.message_id,
    }
    return json.dumps(told | more, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
