"""A message of the dead-letter queue, in one line or as JSON."""

from delay.cli.output.printing import format_json
from delay.dead_letters.letter import DeadLetter
from delay.text.cause import summarize_cause
from delay.text.moment import format_exactly, format_moment
from delay.text.plain import plain

_LONGEST_TEXT = 200


def letter_line(letter: DeadLetter) -> str:
    """Return the time, the key and the error of a failed task in one line. A long error is cut."""
    key = plain(letter.key) if letter.key else f"(message {letter.message_id})"
    cause = summarize_cause(letter.cause) if letter.cause else None
    error = ": ".join(plain(text) for text in (letter.error, cause) if text)
    ended = format_moment(letter.ended) if letter.ended else "-"
    return f"{ended}  {key}  {_cut(error)}".rstrip()


def letter_json(letter: DeadLetter, **more: str | None) -> str:
    """Return a message as JSON, with further members. Unknown values are null."""
    members = {
        "key": letter.key,
        "arn": letter.arn,
        "status": letter.status,
        "ended": letter.ended and format_exactly(letter.ended),
        "error": letter.error,
        "cause": letter.cause,
        "message_id": letter.message_id,
    }
    return format_json(members | more)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
