"""The calls that code makes on AWS, as its source shows them."""

import ast
from collections.abc import Iterator


def list_attributes(client: str, tree: ast.AST) -> Iterator[str]:
    """Yield the attributes of variables and attributes named `client`."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=attribute):
                if owner == client:
                    yield attribute
