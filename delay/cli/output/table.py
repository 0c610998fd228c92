"""Tables without borders, readable on a terminal of 80 columns and usable on one of 60."""

from rich.table import Table
from rich.text import Text

NARROW = 72
"""The columns below which a table shows less."""


def new_table() -> Table:
    """Return a table without columns, to which `add_whole` and `Table.add_column` add some."""
    return Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))


def add_whole(table: Table, *headings: str, is_number: bool = False) -> None:
    """Add columns that keep their width on a narrow terminal, so that the others give way."""
    for heading in headings:
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=True)


def one_line(text: str) -> Text:
    """Return a cell that ends in an ellipsis if its column is too narrow."""
    return Text(text, no_wrap=True, overflow="ellipsis")
