"""A secret that stands in a Secret block of a real Prefect server."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

from .orchestra import ROOT, Orchestra

SECRET = "from-the-block-4711"
PROGRAM = """
from prefect import flow
from prefect.blocks.system import Secret
from flows import blocks
from pipelines import settings
from pipelines.errors import SettingsError

Secret(value="{secret}").save("contoso", overwrite=True)
env = {{
    "CONSENTRY_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "CONSENTRY_CLIENT_ID": "22222222-2222-4222-8222-222222222222",
}}

@flow
def look() -> None:
    found = settings.tenant({{**env, "CONSENTRY_CLIENT_SECRET": "prefect:contoso"}}, blocks.opened)
    assert found.credential.secret == "{secret}"
    try:
        settings.tenant({{**env, "CONSENTRY_CLIENT_SECRET": "prefect:nowhere"}}, blocks.opened)
    except SettingsError as fault:
        print(fault)

look()
"""


def test_a_block_is_opened_inside_a_flow(orchestra: Orchestra) -> None:
    """Its value becomes the credential and is printed nowhere; a block that is not there is named, with what to do."""
    ran = subprocess.run(
        [sys.executable, "-c", dedent(PROGRAM.format(secret=SECRET))],
        cwd=ROOT,
        env=orchestra.environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Prefect has no Secret block named 'nowhere'" in ran.stdout
    assert SECRET not in ran.stdout + ran.stderr
