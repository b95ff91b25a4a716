"""IP addresses and places: kept, made coarse or left out, also where they stand inside texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

import msgspec

from pipelines.settings import Privacy

PREFIX: Final = {4: 24, 6: 48}
"""IP version -> how many bits are left: the network of a site, not of a household."""

V4: Final = r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"
V6: Final = r"(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*[0-9A-Fa-f:](?![\w:])"
ADDRESS: Final = re.compile(f"{V6}|{V4}")

PLACES: Final = frozenset({"city", "state", "geocoordinates", "latitude", "longitude", "altitude", "iplocation"})
COUNTRIES: Final = frozenset({"country", "countryorregion", "countryletterCode".casefold(), "location"})

LIKELY: Final = r"\d{1,3}(\.\d{1,3}){3}|::|([0-9A-Fa-f]{1,4}:){7}|(?i:" + "|".join(sorted(PLACES | COUNTRIES)) + ")"
"""What a text holds that may name an address or a place; others are passed over."""


@dataclass(frozen=True)
class Coarse:
    """Makes addresses and places as coarse as the settings say.

    Attributes:
        privacy: the settings.
    """

    privacy: Privacy

    @property
    def is_idle(self) -> bool:
        """Whether everything is kept."""
        return self.privacy.ip_addresses == "keep" and self.privacy.locations == "keep"

    def leaves_out(self, kind: str) -> bool:
        """Return whether all values of a kind of column are left out."""
        return {
            "address": self.privacy.ip_addresses == "drop",
            "network": self.privacy.ip_addresses == "drop",
            "country": self.privacy.locations == "drop",
            "place": self.privacy.locations != "keep",
        }[kind]

    def addresses(self, texts: Iterable[str]) -> list[str | None]:
        """Return the networks of addresses; what is no address is left out."""
        return [self._address(text) for text in texts]

    def texts(self, texts: Iterable[str]) -> list[str | None]:
        """Return JSON texts without what may not be kept; one that is no JSON is left out."""
        return [self._text(text) for text in texts]

    def _address(self, text: str) -> str | None:
        found = ADDRESS.search(text)
        return self._network(found[0]) if found else None

    def _network(self, text: str) -> str | None:
        address = _parsed(text)
        if address is None:
            return None
        return str(ip_network((address, PREFIX[address.version]), strict=False).network_address)

    def _text(self, text: str) -> str | None:
        try:
            return msgspec.json.encode(self._value(msgspec.json.decode(text))).decode()
        except msgspec.MsgspecError:
            return None

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._words(value)
        if isinstance(value, list):
            return [self._value(one) for one in value]
        return dict(self._members(value)) if isinstance(value, dict) else value

    def _members(self, members: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield an object's members; of a place there is none, whether it is a member or the value of a pair."""
        named = next((members[name] for name in ("key", "displayName") if isinstance(members.get(name), str)), "")
        for name, value in members.items():
            of_pair = name in ("value", "oldValue", "newValue") and self._is_place(named)
            yield name, None if of_pair or self._is_place(name) else self._value(value)

    def _is_place(self, name: str) -> bool:
        last = name.rpartition(".")[2].casefold()
        locations = self.privacy.locations
        return (locations != "keep" and last in PLACES) or (locations == "drop" and last in COUNTRIES)

    def _words(self, text: str) -> str:
        if self.privacy.ip_addresses == "keep":
            return text
        return ADDRESS.sub(self._replaced, text)

    def _replaced(self, found: re.Match[str]) -> str:
        """Return what stands in an address's place; what only looks like one stays: a time, for example."""
        if _parsed(found[0]) is None:
            return found[0]
        return (self._network(found[0]) or "") if self.privacy.ip_addresses == "truncate" else ""


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
