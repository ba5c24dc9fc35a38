"""Sites that several tests look at: a start costs two seconds of processor time, a look none.

Who uses one is named in SHARED_SITES of tests/environment.py.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.site import Site
from tests.ops.running_site import RunningSite, running_site
from tests.upstream import Upstream


@pytest.fixture(scope="session")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """Without any setting, on a data folder that was not there."""
    with running_site(tmp_path_factory.mktemp("open") / "data") as site:
        yield site


@pytest.fixture(scope="session")
def public_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """With keys that were given, and a name that is not its address."""
    name = "elsewhere.example"
    keys = {"ANTHROPIC_API_KEY": "sk-ant-canary-canary", "SECRET_KEY": "x" * 60}
    names = {"PUBLIC_ORIGINS": f"http://{name}", "ALLOWED_HOSTS": name}
    with running_site(tmp_path_factory.mktemp("public") / "data", **keys, **names) as site:
        yield site
        assert site.stop()[0] == os.EX_OK


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The people and chats of the browser tests in SQLite; never started, for copies."""
    site = Site(tmp_path_factory.mktemp("seeded"))
    site.seed()
    return site


@pytest.fixture
def prepared(seeded: Site, tmp_path: Path) -> Path:
    """A data folder of one's own with a database that is up to date."""
    return Path(shutil.copytree(seeded.data_dir, tmp_path / "prepared"))


@pytest.fixture
def site(upstream: Upstream, seeded: Site, prepared: Path) -> Iterator[Site]:
    """A process that a test may end in any way."""
    site = Site(prepared, upstream.base_url, sessions=seeded.sessions)
    site.start()
    yield site
    site.kill()
