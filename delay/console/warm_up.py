"""Work of the first page that is done before a page asks: it takes longer than the page itself."""

from contextlib import suppress
from typing import Final

from delay.console.port import PortError
from delay.console.search import Search
from delay.console.task_pages import find_tasks
from delay.console.web import Console, find_static, open_desk
from delay.errors import DelayError

_TEMPLATES: Final = ("tasks.html", "base.html", "macros.html", "empty.html")
_FILES: Final = ("console.css", "console.js", "htmx.min.js", "icon.svg")


def warm_up(console: Console) -> None:
    """Compile the templates of the first page, and read the page if its endpoint is local.

    Nothing is read from AWS.
    """
    for template in _TEMPLATES:
        console.templates.get_template(template)
    for file in _FILES:
        find_static(file)
    with suppress(DelayError, PortError):  # the first page will say so
        _read_first_page(console)


def _read_first_page(console: Console) -> None:
    """Read the page of a local state machine. Reads of a table would go on behind the page."""
    if console.opener.local is None:
        return
    frame, desk = open_desk(console, None)
    if not desk.is_table:
        find_tasks(desk, Search(), frame.now, None)
