"""Text -> the path of a file or folder. What may be a secret, written where its file should be named, is not shown."""

from __future__ import annotations

from pathlib import Path

from pipelines.errors import SettingsError
from pipelines.settings.secrecy import is_content


def file(name: str, value: str, folder: Path | None = None) -> Path:
    """Return the path of a file that is there.

    Args:
        name: the setting that names it.
        value: what that is set to.
        folder: what a relative path starts from.

    Raises:
        SettingsError: there is none, or the value is what the file should hold.
    """
    path = _path(name, value, folder, "file")
    try:
        if path.is_file():
            return path
        why = "there is no such file; correct the path"
    except OSError as fault:
        why = f"it cannot be looked at ({fault.strerror}); correct the path, or whom its folder belongs to"
    raise SettingsError(f"{name} names {str(path)!r}, and {why}.")


def folder(name: str, value: str) -> Path:
    """Return the absolute path of a folder, which need not be there yet.

    Args:
        name: the setting that names it.
        value: what that is set to.

    Raises:
        SettingsError: the value cannot be a path.
    """
    return _path(name, value, None, "folder").resolve()


def unreadable(path: Path, fault: OSError) -> str:
    """Return that a file of settings is there and cannot be read, and what to do."""
    return f"The file {path} cannot be read ({fault.strerror or type(fault).__name__}); let the user who runs this read it."


def _path(name: str, value: str, folder: Path | None, kind: str) -> Path:
    try:
        path = (folder or Path()) / Path(value).expanduser()
    except RuntimeError:
        raise SettingsError(
            f"{name} begins with ~ and a name that no user here has; write the whole path of the {kind}."
        ) from None
    if is_content(value) and not _is_there(path):
        raise SettingsError(
            f"{name} holds content, not the path of a {kind}; set it to the path, and keep the content in a file that only you may read."
        )
    return path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than paths may be, or with a zero byte in it
        return False
