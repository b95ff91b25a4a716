"""Sign-ins with Airbyte's declarative connector; runs in an environment that has Airbyte's kit and nothing of ours."""

from __future__ import annotations

import json
import os
import sys
from itertools import chain
from pathlib import Path
from typing import Any

from airbyte_cdk.cli.source_declarative_manifest import run


def read(env: dict[str, str], folder: str, query: str) -> int:
    """Return how many records the connector emitted; they go to a file, as to a destination."""
    url = env["CONSENTRY_GRAPH_URL"]
    path, _, parameters = query.lstrip("/").partition("?")
    files = {
        "manifest.yaml": _manifest(env, url, f"{path}?{parameters}"),
        "config.json": {},
        "catalog.json": CATALOG,
    }
    for name, content in files.items():
        Path(folder, name).write_text(json.dumps(content), encoding="utf-8")
    emitted = Path(folder, "emitted.ndjson")
    kept = os.dup(1)
    with emitted.open("wb") as file:
        os.dup2(file.fileno(), 1)
        try:
            named = {"--manifest-path": "manifest.yaml", "--config": "config.json", "--catalog": "catalog.json"}
            sys.argv = [
                "airbyte",
                "read",
                *chain.from_iterable((name, f"{folder}/{file}") for name, file in named.items()),
            ]
            run()
        finally:
            os.dup2(kept, 1)
    with emitted.open("rb") as file:
        return sum(line.startswith(b'{"type":"RECORD"') for line in file)


def _manifest(env: dict[str, str], url: str, path: str) -> dict[str, Any]:
    stream = {
        "type": "DeclarativeStream",
        "name": "sign_ins",
        "primary_key": "id",
        "retriever": {
            "type": "SimpleRetriever",
            "requester": {
                "type": "HttpRequester",
                "url_base": url,
                "path": path,
                "http_method": "GET",
                "authenticator": {
                    "type": "OAuthAuthenticator",
                    "grant_type": "client_credentials",
                    "token_refresh_endpoint": f"{env['CONSENTRY_AUTHORITY_URL']}/{env['CONSENTRY_TENANT_ID']}/oauth2/v2.0/token",
                    "client_id": env["CONSENTRY_CLIENT_ID"],
                    "client_secret": env["CONSENTRY_CLIENT_SECRET"],
                    "refresh_request_body": {"scope": "https://graph.microsoft.com/.default"},
                },
            },
            "record_selector": {
                "type": "RecordSelector",
                "extractor": {"type": "DpathExtractor", "field_path": ["value"]},
            },
            "paginator": {
                "type": "DefaultPaginator",
                "page_token_option": {"type": "RequestPath"},
                "pagination_strategy": {
                    "type": "CursorPagination",
                    "cursor_value": "{{ response['@odata.nextLink'] }}",
                    "stop_condition": "{{ not response.get('@odata.nextLink') }}",
                },
            },
        },
        "schema_loader": {"type": "InlineSchemaLoader", "schema": {"type": "object", "additionalProperties": True}},
    }
    return {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["sign_ins"]},
        "streams": [stream],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    }


CATALOG = {
    "streams": [
        {
            "stream": {"name": "sign_ins", "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
            "sync_mode": "full_refresh",
            "destination_sync_mode": "overwrite",
        }
    ]
}
