"""How the token service says no."""

from __future__ import annotations

from datetime import UTC

from simulator.wire import Answer, Request, json_answer


class Refusal(Exception):
    """The token service says no, in the shape of an OAuth error with Entra's number."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.number = number
        self.text = text


def refused(request: Request, refusal: Refusal) -> Answer:
    """The answer that a refusal becomes."""
    stamp = request.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    correlation = request.headers.get("client-request-id", request.id)
    text = f"AADSTS{refusal.number}: {refusal.text} Trace ID: {request.id} Correlation ID: {correlation} Timestamp: {stamp}"
    body = {
        "error": refusal.error,
        "error_description": text,
        "error_codes": [refusal.number],
        "timestamp": stamp,
        "trace_id": request.id,
        "correlation_id": correlation,
        "error_uri": f"{request.base_url}/error?code={refusal.number}",
    }
    return json_answer(body, refusal.status)
