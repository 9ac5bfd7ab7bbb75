"""The contract of sources, kept by each kind of source."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.sources.base import Source
from indexer.sources.picture_index import PictureIndexSource
from tests.contracts.part_source_contract import PartSourceContract
from tests.contracts.source_contract import PictureSourceContract
from tests.helpers.indexes import build_index
from tests.helpers.listed_source import ListedSource


class TestPictureIndexSource(PartSourceContract):
    room: TemporaryDirectory[str]

    @classmethod
    def setup_class(cls) -> None:
        cls.room = TemporaryDirectory()
        super().setup_class()

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.room.cleanup()

    @classmethod
    def make(cls, files: Mapping[str, bytes]) -> Source:
        number = len(list(Path(cls.room.name).iterdir()))
        pictures, out = Path(cls.room.name, f"pictures {number}"), Path(cls.room.name, f"index {number}")
        pictures.mkdir()
        for name, data in files.items():
            (pictures / name).write_bytes(data)
        build_index(pictures, out)
        return PictureIndexSource(out, "an index")


class TestListedSource(PictureSourceContract):
    @classmethod
    def make(cls, files: Mapping[str, bytes]) -> Source:
        return ListedSource(files)
