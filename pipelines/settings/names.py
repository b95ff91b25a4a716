"""The names of all settings and what each should be; what is called otherwise is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Final

PREFIX: Final = "CONSENTRY_"

OF_A_TENANT: Final[Mapping[str, str]] = {
    "CONSENTRY_TENANT_ID": "the tenant's id, a GUID (Entra admin center > Overview > Tenant ID)",
    "CONSENTRY_CLIENT_ID": "the app registration's Application (client) ID, a GUID",
    "CONSENTRY_CLIENT_SECRET": "a client secret of that app registration, or set CONSENTRY_CLIENT_CERTIFICATE, CONSENTRY_MANAGED_IDENTITY or CONSENTRY_FEDERATED_TOKEN_FILE in its place",
    "CONSENTRY_CLIENT_CERTIFICATE": "a PEM or PFX file with private key and certificate",
    "CONSENTRY_CLIENT_CERTIFICATE_PASSPHRASE": "what the private key in that file is encrypted with",
    "CONSENTRY_MANAGED_IDENTITY": "`system` for the host's own identity, or the client id of a user-assigned one",
    "CONSENTRY_FEDERATED_TOKEN_FILE": "a file with a token of an issuer that the app registration trusts",
    "CONSENTRY_CLOUD": "the cloud that the tenant lives in",
    "CONSENTRY_AUTHORITY_URL": "where tokens come from",
    "CONSENTRY_GRAPH_URL": "where Microsoft Graph is",
    "CONSENTRY_CA_FILE": "a certificate authority to trust instead of the system's",
    "CONSENTRY_QUOTA": "whether Graph's published limits are kept",
}
"""The settings of one tenant; in a tenants file they are written in lower case and without the prefix."""

OF_THE_JOB: Final[Mapping[str, str]] = {
    "CONSENTRY_TENANTS_FILE": "a TOML file with the settings of several tenants",
    "CONSENTRY_HOME": "the folder that holds everything Consentry writes",
    "CONSENTRY_REREAD_HOURS": "how much of the logs is read again for rows that land late",
    "CONSENTRY_KEEP_SIGN_INS_DAYS": "for how many days single sign-ins are kept; what is counted of them by day stays",
    "CONSENTRY_WATCHLIST": "a JSON or CSV file with the ids of abused apps, in place of the list that comes with the project",
    "CONSENTRY_PUBLISH_TO": "a folder or the address of one in a storage account, to which each publish also writes Parquet",
    "CONSENTRY_PUBLISHED_MODE": "who may read what is published: 0600, 0640 or 0644",
    "CONSENTRY_WAREHOUSE": "the warehouse file, which the build tells dbt",
}

KNOWN: Final[Mapping[str, str]] = {**OF_A_TENANT, **OF_THE_JOB}


def unknown(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Return a sentence for each name that is none of the known ones; a likely one is named in it."""
    return [_unknown(name, known) for name in names if name not in known]


def _unknown(name: str, known: Collection[str]) -> str:
    by_word = {one.removeprefix(PREFIX): one for one in known}
    likely = get_close_matches(name.removeprefix(PREFIX), by_word, n=1, cutoff=0.8)  # all have the prefix in common
    if likely:
        return f"{name} is no setting; did you mean {by_word[likely[0]]}?"
    return f"{name} is no setting; remove it. There are {', '.join(sorted(known))}."
