"""The cache of results: what was kept is found, and nothing that anybody else has put there."""

import os
from pathlib import Path

import msgspec
import pytest

from course.classroom.github.cache import LARGEST, Cache, Kept
from tests.report import samples

KEY, SECRET = "a" * 64, "what only graders know"
KEPT = Kept(KEY, samples.wrong_interleaving().lessons[0], "strong")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache with one result."""
    found = Cache(tmp_path / "cache")
    found.keep(KEPT, SECRET)
    return found


def entry(tmp_path: Path) -> Path:
    """The file of the one result."""
    return tmp_path / "cache" / f"{KEY}.json"


def test_what_was_kept_is_found(cache: Cache) -> None:
    assert cache.find(KEY, SECRET) == KEPT


def test_an_empty_cache_has_nothing(tmp_path: Path) -> None:
    assert Cache(tmp_path / "none").find(KEY, SECRET) is None


def test_a_result_under_another_key_is_none(cache: Cache, tmp_path: Path) -> None:
    """An old result of full marks, renamed to what is graded now."""
    other = "b" * 64
    os.rename(entry(tmp_path), entry(tmp_path).with_name(f"{other}.json"))
    assert cache.find(other, SECRET) is None


def test_a_forged_result_is_none(cache: Cache, tmp_path: Path) -> None:
    """The points changed, the signature as it was; or signed by somebody who does not know the graders."""
    signature, _, content = entry(tmp_path).read_bytes().partition(b"\n")
    better = content.replace(b'"points":2,"max_points":8', b'"points":8,"max_points":8')
    assert better != content
    entry(tmp_path).write_bytes(signature + b"\n" + better)
    assert cache.find(KEY, SECRET) is None
    cache.keep(msgspec.json.decode(better, type=Kept), "what a student guesses")
    assert cache.find(KEY, SECRET) is None


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"\xff" * 100, b"x" * (LARGEST + 1)], ids=range(5))
def test_rubbish_is_none(cache: Cache, tmp_path: Path, content: bytes) -> None:
    entry(tmp_path).write_bytes(content)
    assert cache.find(KEY, SECRET) is None


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)], ids=range(3))
def test_what_is_no_file_is_none_and_nobody_waits_for_it(cache: Cache, tmp_path: Path, make: object) -> None:
    entry(tmp_path).unlink()
    assert callable(make)
    make(entry(tmp_path))
    assert cache.find(KEY, SECRET) is None
    cache.keep_only(set())


def test_a_link_is_replaced_not_followed(cache: Cache, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    entry(tmp_path).unlink()
    entry(tmp_path).symlink_to(victim)
    cache.keep(KEPT, SECRET)
    assert victim.read_text() == "mine"
    assert cache.find(KEY, SECRET) == KEPT


def test_only_what_is_of_use_stays(cache: Cache, tmp_path: Path) -> None:
    other = msgspec.structs.replace(KEPT, key="b" * 64)
    cache.keep(other, SECRET)
    cache.keep_only({KEY})
    assert cache.find(KEY, SECRET) == KEPT
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"{KEY}.json"]
