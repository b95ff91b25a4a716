"""Where the files of a report go: made aside, moved in when all of them are whole, and readable by nobody else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pipelines.errors import SettingsError

HTML: Final = "html"
CSV: Final = "csv"
XLSX: Final = "xlsx"
ALL: Final = "all"
FORMATS: Final[Mapping[str, tuple[str, ...]]] = {HTML: (HTML,), CSV: (CSV,), XLSX: (XLSX,), ALL: (HTML, XLSX, CSV)}

PRIVATE: Final = 0o600
OURS: Final = 0o700


@dataclass(frozen=True)
class Place:
    """Where a report goes.

    Attributes:
        folder: of its files.
        stem: their name, without what tells one from another; empty for one that tells the day of the data.
        formats: what is written.
    """

    folder: Path
    stem: str
    formats: tuple[str, ...]

    def file(self, as_of: datetime, tenant_ids: tuple[str, ...], ending: str) -> Path:
        """Return the path of a file.

        Args:
            as_of: how new the data are.
            tenant_ids: the tenants that were asked for; a single one stands in the name.
            ending: what the name ends with.
        """
        which = f"{tenant_ids[0]}-" if len(tenant_ids) == 1 else ""
        return self.folder / f"{self.stem or f'consentry-report-{which}{as_of:%Y-%m-%d}'}{ending}"


def place(output: Path | None, wanted: str | None, usual: Path) -> Place:
    """Return where a report goes.

    Args:
        output: a folder, or a file whose ending is a format; None for the usual folder.
        wanted: the format; None for what the ending says, or a page.
        usual: the usual folder.

    Raises:
        SettingsError: they contradict each other.
    """
    ending = output.suffix.lower().removeprefix(".") if output and not output.is_dir() else ""
    if output is None or ending not in FORMATS:
        folder = output or usual
        if folder.exists() and not folder.is_dir():
            raise SettingsError(
                f"{folder} is a file. Name a folder with --output, or a file that ends with .html or .xlsx."
            )
        return Place(folder, "", FORMATS[wanted or HTML])
    if ending == CSV:
        raise SettingsError("A report in CSV has several files; name a folder with --output.")
    if wanted not in {None, ending}:
        raise SettingsError(
            f"{output} ends with .{ending}, and --format says {wanted}. Name a folder with --output, or leave --format out."
        )
    return Place(output.parent, output.stem, (ending,))


def write(files: Mapping[Path, Callable[[Path], None]], *, overwrite: bool) -> None:
    """Write files of one folder; either all of them are there afterwards, or what was there before.

    Args:
        files: path -> writes what belongs there to the path that it is given.
        overwrite: whether files that are there may go.

    Raises:
        SettingsError: one is there, and may not go.
    """
    there = [file for file in files if file.exists()]
    if there and not overwrite:
        raise SettingsError(
            f"{there[0]} is there already, and nothing was written. Add --overwrite to replace it, or name another place with --output."
        )
    folder = next(iter(files)).parent
    folder.mkdir(parents=True, exist_ok=True, mode=OURS)
    with tempfile.TemporaryDirectory(prefix=".consentry-report-", dir=folder) as aside:
        made = {file: Path(aside) / file.name for file in files}
        for file, writer in files.items():
            made[file].touch(mode=PRIVATE)
            writer(made[file])
            made[file].chmod(PRIVATE)
        for file, whole in made.items():
            whole.replace(file)
