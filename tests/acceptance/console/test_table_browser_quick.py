"""The console of a table names what is missing."""

from tests.acceptance.command import run


def test_console_without_a_local_table_says_how_to_start_one() -> None:
    """In one line, before it serves a page."""
    endpoint = ("--endpoint-url", "http://127.0.0.1:9")
    ended = run("delay", "console", "--local", "--store", "table", "--no-open", "--port", "0", *endpoint)
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "start it with `delay local --aws-port 9 --parameter-overrides TaskStore=both`" in ended.err
