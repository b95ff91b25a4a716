"""Sign-ins with dlt's declarative source."""

from __future__ import annotations

from dlt.sources.rest_api import RESTAPIConfig, rest_api_source

from benchmarks.cost import run

TOP = 1000


def read(env: dict[str, str], folder: str, most: int) -> int:
    """Return how many sign-ins are in the table."""
    configuration: RESTAPIConfig = {
        "client": {
            "base_url": env["CONSENTRY_GRAPH_URL"],
            "auth": {
                "type": "oauth2_client_credentials",
                "access_token_url": f"{env['CONSENTRY_AUTHORITY_URL']}/{env['CONSENTRY_TENANT_ID']}/oauth2/v2.0/token",
                "client_id": env["CONSENTRY_CLIENT_ID"],
                "client_secret": env["CONSENTRY_CLIENT_SECRET"],
                "access_token_request_data": {"scope": "https://graph.microsoft.com/.default"},
            },
            "paginator": {"type": "json_link", "next_url_path": "['@odata.nextLink']"},
        },
        "resources": [
            {
                "name": "sign_ins",
                "primary_key": "id",
                "endpoint": {
                    "path": "/beta/auditLogs/signIns",
                    "data_selector": "value",
                    "params": {"$top": TOP, "$filter": "signInEventTypes/any(t: t eq 'interactiveUser')"},
                },
            }
        ],
    }
    return run(folder, "declared", rest_api_source(configuration).add_limit(-(-most // TOP)))
