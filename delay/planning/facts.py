"""Quotas and prices of a Region, read from facts.toml."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Self

from delay.planning.errors import HardQuota, UnknownQuota, UnknownRegion
from delay.planning.quota import BillingRule, Checked, Price, Quota, Source
from delay.planning.unit import Unit

_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_ELSEWHERE: Final = "elsewhere"
_OPTIONAL: Final = ("raised_to", "raised_below", "raise_by", "instead")


@dataclass(frozen=True, slots=True)
class Precision:
    """How exactly a service keeps a due time: it calls within `seconds` of it."""

    seconds: float
    source: Source


class Facts:
    """The quotas and prices of a Region. `own` has the account's own quotas by key."""

    def __init__(
        self, document: Mapping[str, Any], region: str, own: Mapping[str, float] | None = None
    ) -> None:
        """Check the Region and the own quotas.

        Raises:
            UnknownRegion: the text does not have the form of a Region's name.
            UnknownQuota: no quota has such a key.
            HardQuota: AWS does not raise the quota.

        """
        if not _REGION.fullmatch(region):
            raise UnknownRegion(f"'{region}' is not a Region: write eu-west-1, for example.")
        self._document = document
        self._own = own or {}
        self.region = region
        for key in self._own:
            self._require_soft(key)

    @classmethod
    def load(cls, region: str, own: Mapping[str, float] | None = None) -> Self:
        """Return the facts of a Region from facts.toml.

        Raises:
            UnknownRegion, UnknownQuota, HardQuota: as above.

        """
        text = files(__package__).joinpath("facts.toml").read_text(encoding="utf-8")
        return cls(tomllib.loads(text), region, own)

    def quota(self, key: str) -> Quota:
        """Return a quota: the account's own if it is given, or else AWS's default."""
        entry = self._document["quotas"][key]
        value, source = self._find_value(key, entry)
        return Quota(
            key=key,
            name=entry["name"],
            value=value,
            unit=Unit(entry["unit"]),
            source=source,
            hard=entry.get("hard", False),
            **{name: entry[name] for name in _OPTIONAL if name in entry},
        )

    def price(self, key: str) -> Price:
        """Return a price: the Region's own if it is known, or else that of us-east-1."""
        entry = self._document["prices"][key]
        return Price(
            key=key,
            usd=entry["regions"].get(self.region, entry["usd"]),
            per=entry["per"],
            free=entry["free"],
            source=self._find_source(
                entry["source"],
                Checked.SECOND_HAND if self.region in entry.get("second_hand", ()) else None,
            ),
            is_assumed=self.region not in entry["regions"],
        )

    def precision(self, service: str) -> Precision:
        """Return how exactly a service keeps a due time."""
        entry = self._document["precision"][service]
        return Precision(entry["seconds"], self._find_source(entry["source"]))

    def quotas(self) -> Iterator[Quota]:
        """Yield all quotas, in the order of the file."""
        return map(self.quota, self._document["quotas"])

    def prices(self) -> Iterator[Price]:
        """Yield all prices, in the order of the file."""
        return map(self.price, self._document["prices"])

    def billing_rules(self) -> Iterator[BillingRule]:
        """Yield the billing rules, in the order of the file."""
        for key, entry in self._document["billing"].items():
            source = self._find_source(entry["source"])
            yield BillingRule(key, entry["value"], Unit(entry["unit"]), source)

    def _require_soft(self, key: str) -> None:
        quotas = self._document["quotas"]
        if key not in quotas:
            raise UnknownQuota(f"No quota is called '{key}'. There are: {', '.join(quotas)}.")
        if quotas[key].get("hard"):
            raise HardQuota(f"The quota {key} is hard: AWS does not raise it.")

    def _find_value(self, key: str, entry: Mapping[str, Any]) -> tuple[float, Source]:
        source = self._find_source(entry["source"])
        if key in self._own:
            return self._own[key], Source("your own quota", source.url, source.read, Checked.OWN)
        value = entry["value"]
        if not isinstance(value, dict):
            return value, source
        group = self._find_group(value)
        is_unverified = group in entry.get("unverified", ())
        return value[group], self._find_source(entry["source"], Checked.NO if is_unverified else None)

    def _find_group(self, values: Mapping[str, float]) -> str:
        groups = self._document["groups"]
        return next((group for group in values if self.region in groups.get(group, ())), _ELSEWHERE)

    def _find_source(self, name: str, checked: Checked | None = None) -> Source:
        entry = self._document["sources"][name]
        return Source(entry["title"], entry["url"], entry["read"], checked or Checked(entry["checked"]))
