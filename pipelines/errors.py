"""Every failure that a person may read, as one tree.

ConsentryError                     exit code 1
├── SettingsError                  exit code 2: a setting is missing or makes no sense
├── IdentityError                  Entra gave no access token
├── GraphError                     Microsoft Graph gave no usable answer
│   ├── Unreachable                no connection, or it broke
│   │   └── NeverReached           nothing ever answered there: a wrong address, or no way to it
│   ├── TooSlow                    the answer did not come in time
│   ├── BadAnswer                  a 200 that is not what Graph promises (cut, empty, HTML)
│   ├── ForeignLink                a next link that leads to another origin
│   ├── NotInCloud                 the tenant's cloud does not have what would be asked for
│   ├── Halted                     the run was told to stop
│   └── Refused                    Graph answered with an error status
│       ├── Throttled              429
│       ├── ServerFailed           5xx
│       ├── TokenRejected          401
│       ├── Denied                 403: a permission is missing
│       ├── Unlicensed             403: the tenant lacks a licence
│       ├── NotFound               404
│       ├── ExpiredPageToken       the listing must start over
│       └── SyncStateGone          a delta link is no longer known: a full round must begin
├── CollectionFailed               a run ended without everything that it needs
├── WarehouseError                 the DuckDB file cannot be used
│   ├── WarehouseBusy              somebody else is writing
│   └── WarehouseCorrupt           the file is not a DuckDB database
├── BuildFailed                    a dbt model or test failed
├── ExportFailed                   the marts could not be written as Parquet; the published file is there
├── NothingPublished               there is no published file yet
└── QueryFailed                    SQL that DuckDB does not accept
"""

from __future__ import annotations


class ConsentryError(Exception):
    """Base of the tree. The message is a sentence for a person: what happened, to what, what to do next."""

    exit_code = 1


class SettingsError(ConsentryError):
    """A setting is missing, or is not what it should be."""

    exit_code = 2


class IdentityError(ConsentryError):
    """Entra gave no access token."""


class GraphError(ConsentryError):
    """Microsoft Graph gave no usable answer."""


class Unreachable(GraphError):
    """No connection could be made, or it broke before the answer was whole."""


class NeverReached(Unreachable):
    """Nothing ever answered at the address: waiting longer seldom helps."""


class TooSlow(GraphError):
    """The answer did not come in time; Graph is there, and less may be answered sooner."""


class BadAnswer(GraphError):
    """A successful status whose body is not the JSON page that Graph promises."""


class ForeignLink(GraphError):
    """A next link leads to another origin; no token is sent there."""


class NotInCloud(GraphError):
    """The tenant's cloud does not have what would be asked for; it was not asked."""


class Halted(GraphError):
    """The run was told to stop; nothing more is asked."""


class Refused(GraphError):
    """Graph answered with an error status.

    Attributes:
        status: the HTTP status.
        code: Graph's `error.code`, or "" where the body held none.
        request_id: the id that Microsoft's support asks for, or "".
        retry_after: the `Retry-After` header as sent, or None.
        scope: the `x-ms-throttle-scope` header: whose limit was reached, or "".
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        request_id: str = "",
        retry_after: str | None = None,
        scope: str = "",
    ):
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.scope = scope


class Throttled(Refused):
    """Graph asks to come back later (429)."""


class ServerFailed(Refused):
    """Graph failed (5xx)."""


class TokenRejected(Refused):
    """The access token was not accepted (401)."""


class Denied(Refused):
    """The app registration lacks a permission (403)."""


class Unlicensed(Refused):
    """The tenant lacks the licence that the endpoint needs (403)."""


class NotFound(Refused):
    """There is no such object or endpoint (404)."""


class ExpiredPageToken(Refused):
    """The page token is no longer known; the listing must start over."""


class SyncStateGone(Refused):
    """The delta link is no longer known; only a full round tells what there is now."""


class CollectionFailed(ConsentryError):
    """A run ended without everything that it needs."""


class WarehouseError(ConsentryError):
    """The warehouse file cannot be used."""


class WarehouseBusy(WarehouseError):
    """Another process is writing to the warehouse."""


class WarehouseCorrupt(WarehouseError):
    """The file is not a DuckDB database, or is damaged."""


class BuildFailed(ConsentryError):
    """A dbt model or test failed; nothing was published."""


class ExportFailed(ConsentryError):
    """The marts could not be written as Parquet; the published file is there, and what was exported before stays."""


class NothingPublished(ConsentryError):
    """There is no published file yet."""


class QueryFailed(ConsentryError):
    """DuckDB does not accept the query."""
