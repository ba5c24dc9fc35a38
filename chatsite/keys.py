"""The site's secret key: from the environment, else made once and kept beside the data."""

import os
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
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(get_random_secret_key())
