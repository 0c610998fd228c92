"""A command says if nothing answers where it looks for a table."""

from tests.acceptance.command import run


def test_silent_endpoint_is_reported_with_its_command() -> None:
    """The port of `delay local` for tables is its own."""
    ended = run("delay", "list", "--local", "--store", "table", "--endpoint-url", "http://127.0.0.1:9")
    assert ended.err == (
        "Error: Nothing answers at http://127.0.0.1:9, the value of --endpoint-url: start it with "
        "`delay local --aws-port 9 --parameter-overrides TaskStore=both`, or name another "
        "endpoint with --endpoint-url or AWS_ENDPOINT_URL_DYNAMODB.\n"
    )
