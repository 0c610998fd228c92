"""A browser without scripts: it loads pages, and sends the forms on them."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiohttp.test_utils import TestClient


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.tags: list[str] = []
        self.inputs: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.inputs += [dict(attrs)] if tag in {"input", "textarea"} else []
        self.parts += [f"{value}" for name, value in attrs if name in {"aria-label", "title"}]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.parts.append(data)


class Page:
    """A page that was loaded."""

    def __init__(self, status: int, address: str, html: str) -> None:
        self.status = status
        self.address = address
        self.html = html
        self._parser = _Text()
        self._parser.feed(html)

    @property
    def text(self) -> str:
        """The text that a person reads, in one line."""
        return " ".join(" ".join(self._parser.parts).split())

    @property
    def tags(self) -> list[str]:
        """The names of the elements."""
        return self._parser.tags

    @property
    def values(self) -> dict[str | None, str | None]:
        """The contents of the fields, by their names."""
        return {field.get("name"): field.get("value") for field in self._parser.inputs}

    @property
    def wrong(self) -> list[str | None]:
        """The names of the fields that are marked as wrong."""
        return [field["name"] for field in self._parser.inputs if "aria-invalid" in field]

    @property
    def rows(self) -> list[str]:
        """The keys of the tables' rows, in their order."""
        return [unescape(key) for key in re.findall(r'class="key"><a href="[^"]*">([^<]*)<', self.html)]

    def find_link(self, text: str) -> str:
        """Return the address behind a link's text."""
        (address,) = re.findall(rf'<a [^>]*href="([^"]*)"[^>]*>{re.escape(text)}</a>', self.html)
        return unescape(address)

    def form(self) -> dict[str, str]:
        """Return the hidden fields of the page's form."""
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.html))


class Browser:
    """Loads pages of a console."""

    def __init__(self, client: "TestClient[Any, Any]") -> None:
        self.client = client

    async def load(self, address: str, **headers: str) -> Page:
        """Load a page."""
        async with self.client.get(address, headers=headers) as response:
            return Page(response.status, response.url.path_qs, await response.text())

    async def send(self, address: str, **fields: str) -> Page:
        """Load a page and send its form, with these fields filled in."""
        page = await self.load(address)
        return await self.post(address, **{**page.form(), **fields})

    async def post(self, address: str, **fields: str) -> Page:
        """Send a form, whatever the page has."""
        async with self.client.post(address, data=fields) as response:
            return Page(response.status, response.url.path_qs, await response.text())
