"""Where sign-ins come from: devices, browsers, cities and addresses, the same ones for the same person."""

from __future__ import annotations

import json
import zlib
from functools import lru_cache
from typing import Any, NamedTuple


class Device(NamedTuple):
    """A kind of device with the agent string its client sends."""

    system: str
    browser: str
    agent: str
    trust: str | None


class City(NamedTuple):
    """A city with its coordinates and the network of a provider there."""

    name: str
    state: str
    country: str
    latitude: float
    longitude: float
    network: str
    asn: int


_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_DEVICES = (
    Device("Windows10", "Edge 131.0.0", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Azure AD joined"),
    Device("Windows10", "Chrome 131.0.0", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/131.0.0.0 Safari/537.36", "Hybrid Azure AD joined"),
    Device("Windows11", "Rich Client 4.66.2.0", "", "Azure AD joined"),
    Device("MacOs", "Safari 18.1", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", None),
    Device("Ios 18.1", "Mobile Safari", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "Azure AD registered"),
    Device("Android 15", "Chrome Mobile 131.0.0", f"Mozilla/5.0 (Linux; Android 15; Pixel 8) {_WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36", "Azure AD registered"),
    Device("Linux", "Firefox 132.0", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", None),
)  # fmt: skip

# Networks are the ranges reserved for documentation (RFC 5737, RFC 3849): they belong to nobody.
_CITIES = (
    City("Berlin", "Berlin", "DE", 52.52, 13.405, "192.0.2.", 64496),
    City("München", "Bayern", "DE", 48.1374, 11.5755, "192.0.2.", 64497),
    City("Amsterdam", "Noord-Holland", "NL", 52.374, 4.8897, "198.51.100.", 64498),
    City("London", "London, City of", "GB", 51.5085, -0.1257, "198.51.100.", 64499),
    City("New York", "New York", "US", 40.7143, -74.006, "203.0.113.", 64500),
    City("São Paulo", "São Paulo", "BR", -23.5475, -46.6361, "203.0.113.", 64501),
    City("Zürich", "Zürich", "CH", 47.3667, 8.55, "2001:db8:41::", 64502),
    City("Lagos", "Lagos", "NG", 6.4541, 3.3947, "2001:db8:234::", 64503),
)


def members(values: dict[str, Any]) -> bytes:
    """JSON members without the braces around them, to be joined with others."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)[1:-1].encode()


@lru_cache(maxsize=1 << 16)
def device_part(person: str, variant: int) -> bytes:
    """The members that describe the device of a person's sign-in; variant 0 is the phone, others the usual one."""
    number = zlib.crc32(person.encode())
    device = _DEVICES[4 + number % 2] if variant == 0 else _DEVICES[number % len(_DEVICES)]
    managed = device.trust is not None
    return members(
        {
            "clientAppUsed": "Browser" if device.agent else "Mobile Apps and Desktop clients",
            "userAgent": device.agent or None,
            "deviceDetail": {
                "deviceId": f"{number:08x}-0000-4000-8000-{number:012x}" if managed else "",
                "displayName": f"DEVICE-{number % 100_000:05d}" if managed else "",
                "operatingSystem": device.system,
                "browser": device.browser,
                "browserId": None,
                "isCompliant": managed,
                "isManaged": managed,
                "trustType": device.trust or "",
            },
        }
    )


def ip_address(person: str, variant: int) -> str:
    """The address from which someone signed in; variant 0 is a trip, others the usual place."""
    number = zlib.crc32(person.encode(), 1)
    return f"{_city(number, variant).network}{number % 254 + 1}"


def _city(number: int, variant: int) -> City:
    return _CITIES[(number >> 8) % len(_CITIES)] if variant == 0 else _CITIES[number % len(_CITIES)]


@lru_cache(maxsize=1 << 16)
def network_part(person: str, variant: int) -> bytes:
    """The members that tell from where someone signed in; variant 0 is a trip, others the usual place."""
    city = _city(zlib.crc32(person.encode(), 1), variant)
    return members(
        {
            "ipAddress": ip_address(person, variant),
            "ipAddressFromResourceProvider": None,
            "autonomousSystemNumber": city.asn,
            "location": {
                "city": city.name,
                "state": city.state,
                "countryOrRegion": city.country,
                "geoCoordinates": {"altitude": None, "latitude": city.latitude, "longitude": city.longitude},
            },
            "networkLocationDetails": []
            if variant == 0
            else [{"networkType": "trustedNamedLocation", "networkNames": ["Offices"]}],
        }
    )


NO_DEVICE = members(
    {
        "clientAppUsed": "",
        "userAgent": None,
        "deviceDetail": {
            "deviceId": "",
            "displayName": None,
            "operatingSystem": None,
            "browser": None,
            "browserId": None,
            "isCompliant": None,
            "isManaged": None,
            "trustType": None,
        },
    }
)

NO_NETWORK = members(
    {
        "ipAddress": "",
        "ipAddressFromResourceProvider": None,
        "autonomousSystemNumber": 0,
        "location": {
            "city": "",
            "state": "",
            "countryOrRegion": "",
            "geoCoordinates": {"altitude": None, "latitude": None, "longitude": None},
        },
        "networkLocationDetails": [],
    }
)
