"""What a source keeps to that can be asked for parts of pictures, beside what every source of pictures keeps to."""

from collections.abc import Sequence

from PIL import Image

from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.images.variants import Orientation
from indexer.matching.thresholds import REACH
from indexer.sources.base import Candidate, Query, Source
from tests.contracts.source_contract import FILES, WORK, PictureSourceContract, copy_name
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.queries import query_of


def _collage() -> Image.Image:
    ground = draw(901, (800, 600))
    ground.paste(WORK.resize((320, 240)), (430, 40))
    return ground


PARTS = {"a part.png": as_bytes(WORK.crop((120, 60, 360, 260))), "collage.jpg": as_bytes(_collage(), "JPEG")}
"""What only keypoints find."""


class PartSourceContract(PictureSourceContract):
    """The suite for a source that also answers for parts. `make` as for sources of pictures."""

    lanes: Sequence[Lane] = (Lane.EXACT, Lane.PERCEPTUAL, Lane.LOCAL)

    @classmethod
    def setup_class(cls) -> None:
        super().setup_class()
        cls.with_parts = cls.make(PARTS | FILES)

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.with_parts.close()

    with_parts: Source

    def parts_of(self, query: Query) -> dict[str, Candidate]:
        found = self.with_parts.search([query], [Lane.LOCAL], REACH, Monitor())
        return {self.with_parts.facts(one.row).row: one for one in found}

    def test_parts_and_copies_in_any_orientation_are_proposed_by_more_places_than_strangers(self) -> None:
        found = self.parts_of(self.work)
        copies = {*PARTS, "work.png", *map(copy_name, Orientation)}
        assert copies <= found.keys()
        furthest = max(found[row].distance for row in copies)
        assert all(one.distance > furthest for row, one in found.items() if row not in copies)
        assert {one.kind for one in found.values()} == {Kind.KEYPOINTS}

    def test_whether_it_is_mirrored_is_told(self) -> None:
        found = self.parts_of(self.work)
        assert all(found[copy_name(way)].orientation.is_mirrored == way.is_mirrored for way in Orientation)

    def test_a_row_is_proposed_once(self) -> None:
        found = list(self.with_parts.search([self.work], [Lane.LOCAL], REACH, Monitor()))
        assert len({one.row for one in found}) == len(found)

    def test_a_work_without_keypoints_has_no_part_anywhere(self) -> None:
        assert self.parts_of(query_of(FILES["work.png"])) == {}
        assert self.parts_of(query_of(FILES["white.png"], keypoints=True)) == {}
