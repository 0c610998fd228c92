"""Quotas and prices of a Region, read from facts.toml."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Self

from delay.planning.errors import HardQuota, UnknownQuota, UnknownRegion
from delay.planning.quota import Checked, Price, Quota, Source
from delay.planning.unit import Unit

_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_ELSEWHERE: Final = "elsewhere"


@dataclass(frozen=True, slots=True)
class Precision:
    """How exactly a service keeps the due time: it calls within so many seconds of it."""

    seconds: float
    source: Source


class Facts:
    """What is known of a Region. `own` are quotas by key that differ from AWS's defaults."""

    def __init__(
        self, document: Mapping[str, Any], region: str, own: Mapping[str, float] | None = None
    ) -> None:
        """Check the Region and the quotas.

        Raises:
            UnknownRegion: the text cannot be the name of a Region.
            UnknownQuota: there is no quota of that name.
            HardQuota: AWS raises the quota for nobody.

        """
        if not _REGION.fullmatch(region):
            raise UnknownRegion(f"'{region}' is no Region: write eu-west-1, for example.")
        self._document = document
        self._own = own or {}
        self.region = region
        for key in self._own:
            self._check(key)

    @classmethod
    def load(cls, region: str, own: Mapping[str, float] | None = None) -> Self:
        """Read the file that is part of this package.

        Raises:
            UnknownRegion, UnknownQuota, HardQuota: as above.

        """
        text = files(__package__).joinpath("facts.toml").read_text(encoding="utf-8")
        return cls(tomllib.loads(text), region, own)

    def quota(self, key: str) -> Quota:
        """Return a quota: the account's own where it was given, AWS's default otherwise."""
        entry = self._document["quotas"][key]
        value, source = self._value(key, entry)
        return Quota(
            key=key,
            name=entry["name"],
            value=value,
            unit=Unit(entry["unit"]),
            source=source,
            hard=entry.get("hard", False),
            **{name: entry[name] for name in ("raised_to", "raised_below", "instead") if name in entry},
        )

    def price(self, key: str) -> Price:
        """Return a price: the Region's own where it is known, that of us-east-1 otherwise."""
        entry = self._document["prices"][key]
        return Price(
            key=key,
            usd=entry["regions"].get(self.region, entry["usd"]),
            per=entry["per"],
            free=entry["free"],
            source=self._source(
                entry["source"],
                Checked.SECOND_HAND if self.region in entry.get("second_hand", ()) else None,
            ),
            is_assumed=self.region not in entry["regions"],
        )

    def precision(self, service: str) -> Precision:
        """Return how exactly a service keeps the due time."""
        entry = self._document["precision"][service]
        return Precision(entry["seconds"], self._source(entry["source"]))

    def quotas(self) -> Iterator[Quota]:
        """Give all quotas, in the order of the file."""
        return map(self.quota, self._document["quotas"])

    def prices(self) -> Iterator[Price]:
        """Give all prices, in the order of the file."""
        return map(self.price, self._document["prices"])

    def _check(self, key: str) -> None:
        quotas = self._document["quotas"]
        if key not in quotas:
            raise UnknownQuota(f"No quota is called '{key}'. There are: {', '.join(quotas)}.")
        if quotas[key].get("hard"):
            raise HardQuota(f"The quota {key} is hard: AWS raises it for nobody.")

    def _value(self, key: str, entry: Mapping[str, Any]) -> tuple[float, Source]:
        source = self._source(entry["source"])
        if key in self._own:
            return self._own[key], Source("your own quota", source.url, source.read, Checked.OWN)
        value = entry["value"]
        if not isinstance(value, dict):
            return value, source
        group = self._group(value)
        is_unverified = group in entry.get("unverified", ())
        return value[group], self._source(entry["source"], Checked.NO if is_unverified else None)

    def _group(self, values: Mapping[str, float]) -> str:
        groups = self._document["groups"]
        return next((group for group in values if self.region in groups.get(group, ())), _ELSEWHERE)

    def _source(self, name: str, checked: Checked | None = None) -> Source:
        entry = self._document["sources"][name]
        return Source(entry["title"], entry["url"], entry["read"], checked or Checked(entry["checked"]))
