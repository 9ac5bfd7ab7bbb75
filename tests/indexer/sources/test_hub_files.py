"""The hub's lists of files: pinned to a commit, page by page; a mirror is told from a plain folder."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.client import Client
from indexer.net.json_api import JsonApi
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.sources.hub_files import Hub
from indexer.sources.web_folders import list_web_folder
from tests.helpers.hub import COMMIT, LocalHub
from tests.helpers.server import LocalServer, Visit

SET = "mlfoundations/datacomp_small"


@pytest.fixture
def server() -> Iterator[LocalHub]:
    with LocalHub() as running:
        yield running


@pytest.fixture
def api(tmp_path: Path) -> Iterator[JsonApi]:
    with JsonApi(Network(tmp_path / "ledger", allow_private_hosts=True)) as running:
        yield running


def hub(api: JsonApi, server: LocalServer, token: str | None = None) -> Hub:
    return Hub(api, server.url, token, Monitor())


def test_a_branch_is_resolved_to_a_commit_and_every_address_is_of_that_commit(server: LocalHub, api: JsonApi) -> None:
    server.publish(SET, {"b.parquet": b"bb", "a b.parquet": b"a", "a.npz": b"npz", "sub/c.parquet": b"c", "x.md": b"x"})
    commit = hub(api, server).resolve(SET, "main")
    assert commit == COMMIT
    listing = hub(api, server).list_files(SET, commit, ["*.parquet", "*.npz"])
    assert listing.revision == COMMIT
    assert [(file.path, file.size) for file in listing.files] == [("a b.parquet", 1), ("b.parquet", 2), ("a.npz", 3)]
    assert all(f"/resolve/{COMMIT}/" in file.url for file in listing.files)
    assert listing.files[0].url.endswith("/a%20b.parquet")
    assert listing.files[0].sha256 == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert sum("/tree/" in one.path for one in server.seen) == 3, "page by page"


def test_a_branch_with_a_slash_is_one_name(server: LocalHub, api: JsonApi) -> None:
    server.publish(SET, {"default/train/0000.parquet": b"x"}, "refs/convert/parquet")
    assert hub(api, server).resolve(SET, "refs/convert/parquet") == COMMIT


def test_files_that_are_gone_are_told(server: LocalHub, api: JsonApi) -> None:
    server.publish(SET, {"x.md": b"x"})
    with pytest.raises(InputProblem, match="none of the files that were looked for is there any more"):
        hub(api, server).list_files(SET, COMMIT, ["*.parquet"])


def test_a_gated_set_says_what_to_accept_and_where_the_token_goes(server: LocalHub, api: JsonApi) -> None:
    server.publish(SET, {"a.parquet": b"a"})
    server.token = "hf_secret"
    for token in (None, "hf_other"):
        with pytest.raises(
            InputProblem, match=r"accept it at .*/datasets/mlfoundations/datacomp_small, and give a token"
        ):
            hub(api, server, token).resolve(SET, "main")
    assert hub(api, server, "hf_secret").resolve(SET, "main") == COMMIT


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"sha": 3}', b'{"sha": "../x"}', b"[]", b"null"])
def test_a_place_that_does_not_speak_like_the_hub_is_told_from_one(api: JsonApi, body: bytes) -> None:
    with LocalServer() as server:
        server.answers(f"/api/datasets/{SET}/revision/main", body)
        assert hub(api, server).resolve(SET, "main") is None
        assert hub(api, server).resolve("other/set", "main") is None


@pytest.mark.parametrize("body", [b"{}", b'[{"type": "file"}]', b'[{"type": "file", "path": 3}]', b"[3]", b"null"])
def test_a_list_that_is_none_is_one_sentence(api: JsonApi, body: bytes) -> None:
    with LocalServer() as server:
        server.answers(f"/api/datasets/{SET}/tree/{COMMIT}", body)
        with pytest.raises(InputProblem, match="the hub's list of its files cannot be read"):
            hub(api, server).list_files(SET, COMMIT, ["*.parquet"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["type", "path", "size", "lfs", "oid", "sha"]), inner, max_size=4)
        ),
    )
)
def test_whatever_is_answered_gives_a_listing_or_a_sentence(api: JsonApi, server: LocalHub, content: object) -> None:
    for path in (f"/api/datasets/{SET}/tree/{COMMIT}", f"/api/datasets/{SET}/revision/main"):
        server.answers(path, json.dumps(content).encode())
    with contextlib.suppress(InputProblem):
        commit = hub(api, server).resolve(SET, "main")
        assert commit is None or commit.isalnum()
    with contextlib.suppress(InputProblem):
        assert hub(api, server).list_files(SET, COMMIT, ["**"]).files


def test_a_next_page_on_another_host_is_not_followed(api: JsonApi) -> None:
    with LocalServer() as server:
        more = {"Link": '<http://198.51.100.7/tree>; rel="next"'}
        body = b'[{"type": "file", "path": "a.parquet", "size": 1}]'
        server.answers(f"/api/datasets/{SET}/tree/{COMMIT}", body, headers=more)
        assert len(hub(api, server).list_files(SET, COMMIT, ["*.parquet"]).files) == 1


def test_a_plain_folder_is_walked_by_its_pages_and_never_left(tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    (folder / "set" / "sub").mkdir(parents=True)
    for name in ("set/a b.parquet", "set/sub/c.parquet", "set/x.md", "outside.parquet"):
        (folder / name).write_bytes(b"x")
    with LocalServer(folder) as server, Client(Ledger(tmp_path / "ledger"), allow_private_hosts=True) as client:
        listing = list_web_folder(server.url + "/set", ["**.parquet"], client, Monitor())
        assert [file.path for file in listing.files] == ["a b.parquet", "sub/c.parquet"]
        assert listing.files[0].url == server.url + "/set/a%20b.parquet"
        known = list_web_folder(server.url + "/set", ["p-{0..2}.parquet"], client, Monitor())
        assert [file.path for file in known.files] == ["p-0.parquet", "p-1.parquet", "p-2.parquet"]
        with pytest.raises(InputProblem, match="no file there is called as the files of this data set are"):
            list_web_folder(server.url + "/set", ["*.npz"], client, Monitor())


def test_a_page_of_odd_links_costs_nothing(tmp_path: Path) -> None:
    def page(visit: Visit) -> None:
        links = ("../../etc/passwd", "//evil.test/x.parquet", "http://[", "a.parquet?x=1#y", "a.parquet", "./", "")
        visit.answer("".join(f'<a href="{link}">x</a>' for link in links).encode() + b"<a>\xff<a href>")

    with LocalServer() as server, Client(Ledger(tmp_path / "ledger"), allow_private_hosts=True) as client:
        server.plays("/set/", page)
        listing = list_web_folder(server.url + "/set", ["**.parquet"], client, Monitor())
        assert [file.path for file in listing.files] == ["a.parquet"]
        assert len(server.seen) == 1
