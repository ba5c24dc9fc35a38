"""The site's secret key: from the environment, else made once and kept beside the data."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def secret_key(given: str, data_dir: Path) -> str:
    """`given`, or the key in `data_dir/secret_key`, which the first start makes (mode 0600).

    Never made anew while the file exists, since sessions and signed addresses would break at each restart.
    """
    if given:
        return given
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create_once(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR: cannot keep a secret key in {data_dir}: {error.strerror}. "
            "Make the folder writable, choose another DATA_DIR, or set SECRET_KEY."
        ) from error


def _create_once(path: Path) -> None:
    """In one step, since several processes may start at once and none must read half a key."""
    if path.exists():
        return
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(get_random_secret_key())
    with suppress(FileExistsError):  # somebody was quicker
        os.link(draft, path)
    os.unlink(draft)
