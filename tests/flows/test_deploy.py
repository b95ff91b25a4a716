"""The units and the image are built on the commands that there are, and copy what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
from typer.main import get_command

from pipelines.cli.verbs import app
from pipelines.entra.permissions import GRAPH_APP_ID, IDS

from .orchestra import ROOT

DEPLOY: Final = ROOT / "deploy"
UNITS: Final = sorted(DEPLOY.glob("*.service")) + sorted(DEPLOY.glob("*.timer"))
INSTALLED: Final = "/opt/consentry/.venv/bin/consentry"
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    """Return the image's instructions, each with what stands behind it on one line."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(words[0], " ".join(words[2].split())) for line in lines if (words := line.partition(" "))]


def of(name: str) -> list[str]:
    """Return what stands behind each instruction of a name."""
    return [rest for kind, rest in instructions() if kind == name]


def calls(text: str) -> list[list[str]]:
    """Return the words behind `consentry` of each call in a text, as a shell or a list in JSON has them."""
    plain = re.sub(r'[\[\]",]+', " ", text)
    return [found.split() for found in re.findall(r"(?:^|[\s/])consentry (\w[^|&\n]*)", plain)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say, with the command where it is here and the user that there is."""
    script = Path(sys.executable).parent / "consentry"
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(INSTALLED, str(script))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    files = [str(tmp_path / unit.name) for unit in UNITS]
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


def test_the_units_and_the_image_call_verbs_that_there_are() -> None:
    """Each call of `consentry` is one of the two verbs that bring it up and look at it, with options that the verb has."""
    texts = [line for unit in UNITS for line in unit.read_text(encoding="utf-8").splitlines() if "ExecStart" in line]
    found = [words for text in [*texts, *of("CMD"), *of("HEALTHCHECK")] for words in calls(text)]
    assert {words[0] for words in found} == {"up", "health"}
    verbs = get_command(app).commands  # type: ignore[attr-defined] - a group
    for verb, *words in found:
        options = {name for parameter in verbs[verb].params for name in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options


def test_the_image_copies_what_there_is_and_all_that_is_installed() -> None:
    """Each source of a COPY is in the repository, every package of the wheel and the schedule are copied, and no folder as a whole."""
    sources = [source for line in of("COPY") for source in line.split()[:-1]]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*packages, "prefect.yaml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]} <= {*sources}
    assert "." not in sources


def test_the_image_is_installed_as_the_makefile_does_it() -> None:
    """The lock with its hashes and nothing else, then the project itself without a build of its own; on a Python that it takes."""
    steps = " ".join(of("RUN"))
    assert "--no-deps --require-hashes -r requirements/consentry.lock" in steps
    assert "--no-build-isolation --editable ." in steps
    (image,) = of("FROM")
    version = tuple(int(part) for part in re.findall(r"\d+", image.partition(":")[2])[:2])
    least = tuple(int(part) for part in re.findall(r"\d+", PROJECT["project"]["requires-python"]))
    assert version >= least
    assert [Path(word).name for word in re.findall(r"\.venv/bin/\S+", steps)] == ["python"] * 3


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The process is not root's, nothing that is secret is set in the image, and its data are in a volume."""
    assert of("USER")[-1] == "consentry"
    assert not re.search(r"SECRET|TOKEN|PASSWORD|PASSPHRASE", " ".join(of("ENV") + of("ARG")))
    home = re.search(r"CONSENTRY_HOME=(\S+)", " ".join(of("ENV")))
    assert home is not None
    assert of("VOLUME") == [home[1]]
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    assert re.search(r"--volume consentry:(\S+)", page)[1] == home[1]  # type: ignore[index] - it is there
    assert "podman build --format docker" in page


def test_the_page_about_azure_names_the_roles_as_graph_has_them() -> None:
    """Each app role in its loop stands beside its name and is that permission's id; they are the ones that README asks for."""
    page = (ROOT / "docs" / "azure.md").read_text(encoding="utf-8")
    found = {name: id_ for id_, name in re.findall(r"([0-9a-f-]{36}) `# ([\w.]+)`", page)}
    assert found == {name: IDS[name] for name in found}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in found)
    assert len(found) == 3
    assert GRAPH_APP_ID in page
