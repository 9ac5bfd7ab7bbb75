"""The contract of sources, kept by each kind of source."""

from collections.abc import Mapping

from indexer.sources.base import Source
from indexer.sources.picture_index import PictureIndexSource
from tests.contracts.part_source_contract import PartSourceContract
from tests.contracts.source_contract import PictureSourceContract
from tests.helpers.indexes import build_index
from tests.helpers.listed_source import ListedSource


class TestPictureIndexSource(PartSourceContract):
    @classmethod
    def make(cls, files: Mapping[str, bytes]) -> Source:
        number = len(list(cls.room.iterdir()))
        pictures, out = cls.room / f"pictures {number}", cls.room / f"index {number}"
        pictures.mkdir()
        for name, data in files.items():
            (pictures / name).write_bytes(data)
        build_index(pictures, out)
        return PictureIndexSource(out, "an index")


class TestListedSource(PictureSourceContract):
    @classmethod
    def make(cls, files: Mapping[str, bytes]) -> Source:
        return ListedSource(files)
