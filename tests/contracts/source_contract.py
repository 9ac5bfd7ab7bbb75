"""What every source keeps to. Subclass it, say how your source is made from files, and all of this is tested."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.images.variants import Orientation, lay
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching.thresholds import REACH
from indexer.sources.base import Candidate, Mention, Query, Rendition, Source
from tests.helpers.monitors import stop_after
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.queries import queries_of, query_of

WORK = draw(1)
OTHERS = range(20, 26)


def copy_name(orientation: Orientation) -> str:
    return f"copy {orientation}.jpg"


def film() -> bytes:
    first, *rest = [draw(800 + number, (120, 90)) for number in range(3)]
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=rest, duration=40)
    return out.getvalue()


FILES: dict[str, bytes] = {
    **{copy_name(way): as_bytes(lay(WORK, way), "JPEG", quality=60) for way in Orientation},
    "film.gif": film(),
    **{f"other {seed}.png": as_bytes(draw(seed)) for seed in OTHERS},
    "white.png": as_bytes(Image.new("RGB", (300, 200), "white")),
    "work.png": as_bytes(WORK),
}
"""What the source holds: a work, a recompressed copy of it in each orientation, other pictures, a film, a plain one."""

LANES_OF_PERSONS = (Lane.LOCATION, Lane.ATTRIBUTION)
"""Asked once a check, by sites and names; the others are asked for works."""


def assert_is_reason(because: str | None) -> None:
    """Whether it can follow "because", or is nothing."""
    if because is not None:
        assert because == because.strip()
        assert len(because.split()) > 2
        assert not because.endswith(".")


class SourceContract:
    """The suite for every source. `make_any` is what a subclass has to give; `lanes` are those that its source answers.

    Attributes:
        room: a folder of this suite alone, for what `fill` writes and `make_any` opens.
        source: only read by the tests.
        work: a query for which the source has a candidate in each of its lanes that are asked for works.
        finder: knows a person of whom the source has a mention in each of its other lanes.
    """

    lanes: Sequence[Lane]
    room: Path
    source: Source
    work: Query
    finder: Finder = Finder(Person())

    @classmethod
    def fill(cls) -> None:
        """Write into `room` what the source is made of, and name the work, unless the source is asked for that."""

    @classmethod
    def make_any(cls) -> Source:
        """A source of this kind, opened anew, always over the same content. The caller closes it."""
        raise NotImplementedError

    @classmethod
    def setup_class(cls) -> None:
        cls._folder = TemporaryDirectory()
        cls.room = Path(cls._folder.name)
        cls.fill()
        cls.source = cls.make_any()

    @classmethod
    def teardown_class(cls) -> None:
        cls.source.close()
        cls._folder.cleanup()

    def ask(self, queries: Sequence[Query], *lanes: Lane) -> list[Candidate]:
        return list(self.source.search(queries, lanes or self.lanes, REACH, Monitor()))

    def mentions(self, *lanes: Lane) -> list[Mention]:
        return list(self.source.mentions(self.finder, lanes or self.lanes_of_persons, Monitor()))

    @property
    def lanes_of_works(self) -> list[Lane]:
        return [lane for lane in self.lanes if lane not in LANES_OF_PERSONS]

    @property
    def lanes_of_persons(self) -> list[Lane]:
        return [lane for lane in self.lanes if lane in LANES_OF_PERSONS]

    def names(self, candidates: Sequence[Candidate]) -> set[str]:
        return {self.source.facts(candidate.row).row for candidate in candidates}

    def test_it_describes_itself_the_same_each_time(self) -> None:
        before = self.source.describe()
        self.ask([self.work])
        assert self.source.describe() == before
        assert before.name
        assert before.identity

    def test_its_content_has_the_same_identity_whenever_it_is_opened(self) -> None:
        again = self.make_any()
        assert again.describe().identity == self.source.describe().identity
        again.close()

    def test_each_lane_is_answered_or_it_is_said_why_not(self) -> None:
        for lane in Lane:
            because = self.source.why_not(lane)
            assert (because is None) == (lane in self.lanes)
            assert_is_reason(because)
            assert self.source.why_not(lane) == because

    def test_what_must_be_said_beside_its_answers_is_a_plain_reason(self) -> None:
        self.ask([self.work])
        self.mentions()
        for lane in Lane:
            assert_is_reason(self.source.why_not_whole(lane))
            assert_is_reason(self.source.caveat(lane))
            assert_is_reason(self.source.inferred(lane))

    def test_it_says_how_it_is(self) -> None:
        health = self.source.health(Monitor())
        assert health.answers
        assert_is_reason(health.words)

    def test_a_probe_without_a_tower_for_words_does_no_harm(self) -> None:
        fresh = self.make_any()
        fresh.probe(lambda _: None, Monitor())
        assert [lane for lane in Lane if fresh.why_not(lane) is None] == [lane for lane in Lane if lane in self.lanes]
        fresh.close()

    def test_only_the_lanes_asked_for_are_searched(self) -> None:
        for lane in self.lanes_of_works:
            kinds = {candidate.kind for candidate in self.ask([self.work], lane)}
            assert kinds
            assert all(kind.lane is lane for kind in kinds)
        for lane in self.lanes_of_persons:
            assert {mention.hit.lane for mention in self.mentions(lane)} == {lane}

    def test_works_are_not_asked_for_in_the_lanes_of_places_and_names(self) -> None:
        assert list(self.source.search([self.work], LANES_OF_PERSONS, REACH, Monitor())) == []

    def test_nobody_is_mentioned_who_was_not_named(self) -> None:
        assert list(self.source.mentions(Finder(Person()), self.lanes_of_persons, Monitor())) == []

    def test_every_mention_has_facts_and_a_reason(self) -> None:
        for mention in self.mentions():
            facts = self.source.facts(mention.row)
            assert facts.row
            assert facts.row_key
            assert_is_reason(mention.hit.reason)

    def test_a_row_is_mentioned_once_a_lane(self) -> None:
        found = [(mention.row, mention.hit.lane) for mention in self.mentions()]
        assert len(set(found)) == len(found)

    def test_an_empty_batch_gets_no_answer(self) -> None:
        assert self.ask([]) == []

    def test_no_lane_gets_no_answer(self) -> None:
        assert list(self.source.search([self.work], [], REACH, Monitor())) == []
        assert list(self.source.mentions(self.finder, [], Monitor())) == []

    def test_the_same_question_gets_the_same_answer(self) -> None:
        assert self.ask([self.work]) == self.ask([self.work])
        assert self.mentions() == self.mentions()

    def test_every_candidate_has_facts(self) -> None:
        for candidate in self.ask([self.work]):
            facts = self.source.facts(candidate.row)
            assert facts.row
            assert facts.row_key
            assert facts.frame >= 1
            assert candidate.work == self.work.work
            assert -0.1 <= candidate.distance <= 64

    def test_the_same_row_has_the_same_facts(self) -> None:
        again = self.make_any()
        for candidate in list(again.search([self.work], self.lanes_of_works, REACH, Monitor())):
            assert again.facts(candidate.row).row_key in self.row_keys()
        again.close()

    def row_keys(self) -> set[str]:
        return {self.source.facts(one.row).row_key for one in self.ask([self.work])}

    def test_a_stop_before_the_search_ends_it_without_an_answer(self) -> None:
        for lane in self.lanes_of_works:
            search = self.source.search([self.work], [lane], REACH, stop_after(0))
            with pytest.raises(Cancelled):
                next(search)
        for lane in self.lanes_of_persons:
            with pytest.raises(Cancelled):
                next(self.source.mentions(self.finder, [lane], stop_after(0)))

    def test_it_can_be_closed_twice_and_opened_again(self) -> None:
        one = self.make_any()
        identity = one.describe().identity
        one.close()
        one.close()
        again = self.make_any()
        assert again.describe().identity == identity
        again.close()


class PictureSourceContract(SourceContract):
    """The suite for a source that knows pictures by their bytes and looks: `make` gives one that holds some files.

    Attributes:
        source: over `FILES`.
        work: the query for the work that is in it.
    """

    lanes: Sequence[Lane] = (Lane.EXACT, Lane.PERCEPTUAL)

    @classmethod
    def make(cls, files: Mapping[str, bytes]) -> Source:
        """A source that holds these files, opened. The caller closes it."""
        raise NotImplementedError

    @classmethod
    def make_any(cls) -> Source:
        return cls.make(FILES)

    @classmethod
    def setup_class(cls) -> None:
        super().setup_class()
        cls.work = query_of(FILES["work.png"], keypoints=Lane.LOCAL in cls.lanes)

    def test_no_more_rows_have_a_fingerprint_than_there_are(self) -> None:
        about = self.source.describe()
        assert about.rows_with
        assert all(0 <= count <= about.rows for count in about.rows_with.values())
        assert about.rows_with[Kind.PHASH] < about.rows, "the white picture has no pHash"

    def test_every_candidate_is_within_reach(self) -> None:
        furthest = {Kind.PHASH: REACH.phash_bits, Kind.PDQ: REACH.pdq_bits, Kind.MINIATURE: 1 - REACH.miniature_least}
        furthest[Kind.KEYPOINTS] = 1
        for candidate in self.ask([self.work]):
            assert -1e-5 <= candidate.distance <= furthest.get(candidate.kind, 0) + 1e-5

    def test_an_identical_file_is_proposed_by_its_bytes(self) -> None:
        candidates = self.ask([self.work], Lane.EXACT)
        assert self.names(candidates) == {"work.png"}
        assert {(candidate.orientation, candidate.distance) for candidate in candidates} == {(Orientation.UPRIGHT, 0.0)}

    def test_a_file_that_differs_by_one_byte_is_not(self) -> None:
        assert self.ask([query_of(FILES["work.png"] + b"\0")], Lane.EXACT) == []

    def test_a_rendition_of_other_bytes_is_proposed_by_its_bytes_for_the_work(self) -> None:
        """The source holds the files that the artist published; the artist has a master of other bytes."""
        published = [Rendition(query_of(FILES[copy_name(way)]).digests, f"published {way}") for way in Orientation]
        master = replace(query_of(FILES["work.png"] + b"\0"), renditions=tuple(published[:2]))
        candidates = self.ask([master], Lane.EXACT)
        assert self.names(candidates) == {copy_name(way) for way in list(Orientation)[:2]}
        assert {candidate.work for candidate in candidates} == {master.work}
        for candidate in candidates:
            row = self.source.facts(candidate.row).row
            assert candidate.rendition is not None
            assert copy_name(Orientation(candidate.rendition.words.removeprefix("published "))) == row

    def test_the_works_own_file_is_asked_for_beside_its_renditions(self) -> None:
        published = Rendition(query_of(FILES["other 20.png"]).digests, "published")
        candidates = self.ask([replace(self.work, renditions=(published,))], Lane.EXACT)
        renditions = {self.source.facts(one.row).row: one.rendition for one in candidates}
        assert renditions == {"work.png": None, "other 20.png": published}

    def test_a_rendition_is_not_asked_for_by_its_looks(self) -> None:
        published = Rendition(query_of(FILES["other 20.png"]).digests, "published")
        asked = [replace(self.work, renditions=(published,))]
        assert self.ask(asked, Lane.PERCEPTUAL) == self.ask([self.work], Lane.PERCEPTUAL)

    @pytest.mark.parametrize("orientation", Orientation)
    def test_a_recompressed_copy_is_proposed_however_it_is_laid(self, orientation: Orientation) -> None:
        candidates = self.ask([self.work], Lane.PERCEPTUAL)
        found = [one for one in candidates if self.source.facts(one.row).row == copy_name(orientation)]
        assert Kind.PHASH in {one.kind for one in found}
        for kind in {one.kind for one in found}:
            nearest = min((one for one in found if one.kind is kind), key=lambda one: one.distance)
            assert nearest.orientation is orientation

    def test_other_pictures_are_not_proposed_by_a_hash(self) -> None:
        hits = [one for one in self.ask([self.work]) if one.kind in (Kind.PHASH, Kind.PDQ)]
        assert self.names(hits) == {"work.png", *(copy_name(way) for way in Orientation)}

    def test_each_work_of_a_batch_gets_its_own_answers(self) -> None:
        batch = [query_of(FILES[f"other {seed}.png"], f"mine {seed}") for seed in OTHERS]
        for candidate in self.ask(batch):
            if candidate.kind is not Kind.MINIATURE:
                assert self.source.facts(candidate.row).row == candidate.work.replace("mine", "other") + ".png"
        assert {candidate.work for candidate in self.ask(batch)} == {f"mine {seed}" for seed in OTHERS}

    def test_a_picture_too_plain_to_judge_is_found_by_its_bytes_only(self) -> None:
        white = query_of(FILES["white.png"])
        assert self.names(self.ask([white], Lane.EXACT)) == {"white.png"}
        assert self.ask([white], Lane.PERCEPTUAL) == []

    def test_each_frame_of_an_identical_file_is_its_own_row(self) -> None:
        for query in queries_of(FILES["film.gif"], "film.gif"):
            assert self.names(self.ask([query], Lane.EXACT)) == {query.work}

    def test_row_keys_outlive_a_rebuild(self) -> None:
        """Of the same files and one more, which takes the first place. Few places agree by chance, and not in both."""
        lanes = [lane for lane in self.lanes if lane is not Lane.LOCAL]
        rebuilt = self.make({"a new first.png": as_bytes(draw(99))} | FILES)
        keys = []
        for one in (self.source, rebuilt):
            found = [one.facts(row.row) for row in one.search([self.work], lanes, REACH, Monitor())]
            keys.append({facts.row: facts.row_key for facts in found})
        assert keys[0] == keys[1]
        assert len(set(keys[0].values())) == len(keys[0])
        assert rebuilt.describe().identity != self.source.describe().identity
        rebuilt.close()

    def test_a_stop_in_the_middle_ends_the_search(self) -> None:
        batch = [query_of(FILES[f"other {seed}.png"], f"mine {seed}") for seed in OTHERS]
        answered = []
        with pytest.raises(Cancelled):
            answered.extend(self.source.search(batch, self.lanes, REACH, stop_after(3)))
        assert len({candidate.work for candidate in answered}) <= 3
