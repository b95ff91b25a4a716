"""How sign-ins end: Entra's result codes, what each means, and how often each occurs."""

from __future__ import annotations

from dataclasses import dataclass

INTERACTIVE = "interactiveUser"
NON_INTERACTIVE = "nonInteractiveUser"
SERVICE_PRINCIPAL = "servicePrincipal"
MANAGED_IDENTITY = "managedIdentity"
KINDS = (INTERACTIVE, NON_INTERACTIVE, SERVICE_PRINCIPAL, MANAGED_IDENTITY)


@dataclass(frozen=True)
class Outcome:
    """One result code; an interrupt is neither success nor failure, the sign-in merely goes on elsewhere."""

    code: int
    reason: str | None
    is_interrupt: bool = False
    blocked_by_policy: bool = False


_OUTCOMES = (
    Outcome(0, None),
    Outcome(16000, "Several accounts are signed in; the user was asked to choose one.", is_interrupt=True),
    Outcome(50058, "No usable session for a silent sign-in.", is_interrupt=True),
    Outcome(50072, "The user has to register for multifactor authentication.", is_interrupt=True),
    Outcome(50074, "Strong authentication is required.", is_interrupt=True),
    Outcome(50140, "The user was asked whether to stay signed in.", is_interrupt=True),
    Outcome(65001, "The user or an administrator has not consented to this application.", is_interrupt=True),
    Outcome(50053, "The account is locked after too many attempts."),
    Outcome(50055, "The password is expired.", is_interrupt=True),
    Outcome(50057, "The user account is disabled."),
    Outcome(50105, "The signed-in user is not assigned to a role for the application."),
    Outcome(50126, "Error validating credentials due to invalid username or password."),
    Outcome(50173, "The grant has been revoked; the user has to sign in again."),
    Outcome(53003, "Access has been blocked by Conditional Access policies.", blocked_by_policy=True),
    Outcome(65004, "The user declined to consent to the application."),
    Outcome(70008, "The refresh token has expired."),
    Outcome(90094, "An administrator has to consent to the permissions the application asks for."),
    Outcome(500121, "Authentication failed during the strong authentication request."),
    Outcome(7000215, "Invalid client secret is provided."),
    Outcome(7000222, "The provided client secret keys are expired."),
)
_BY_CODE = {outcome.code: outcome for outcome in _OUTCOMES}

# Shares of the codes in each kind of sign-in; what is left of 1 succeeds.
SHARES: dict[str, dict[int, float]] = {
    INTERACTIVE: {
        50126: 0.035, 50140: 0.045, 65001: 0.006, 50058: 0.012, 50072: 0.005, 50074: 0.02, 16000: 0.004,
        53003: 0.012, 50053: 0.003, 50055: 0.002, 500121: 0.01, 50105: 0.002, 65004: 0.001, 90094: 0.002,
    },
    NON_INTERACTIVE: {50173: 0.004, 70008: 0.012, 53003: 0.01, 50058: 0.015, 65001: 0.004},
    SERVICE_PRINCIPAL: {7000215: 0.015, 7000222: 0.008},
    MANAGED_IDENTITY: {},
}  # fmt: skip


def outcome(code: int) -> Outcome:
    """The outcome with this code; codes that are not in the table are failures without a known reason."""
    return _BY_CODE.get(code) or Outcome(code, "Other.")
