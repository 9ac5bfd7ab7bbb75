"""A table in the exact layout of each published set goes through its lanes; each trap of tables has a test.

Layouts and traps: `datasets.md` §2 and §7.
"""

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.core.progress import Monitor
from indexer.core.types import Basis, Lane
from indexer.fingerprints.base import Kind
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching.thresholds import REACH
from indexer.sources.base import Mention, Query, RowFacts
from indexer.sources.table_source import TableChoice, TableSource
from indexer.tables.opening import open_table
from indexer.tables.recognise import recognise
from tests.helpers import published_tables as sets
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.published_tables import EVERY_SET, Entry, Published
from tests.helpers.queries import query_of

WORK = as_bytes(draw(1), "JPEG")
OWN, OTHER = "https://www.lunavale.art/owls/owl.jpg", "https://cdn.example.com/{}.jpg"
HANDLES = ("reddit:lunavale", "flickr:lunavale", "danbooru:lunavale")
NAMED = ("Luna Vale",)

LISTED = {Lane.LOCATION, Lane.ATTRIBUTION}
LANES: dict[str, set[Lane]] = {
    **{one.name: LISTED for one in EVERY_SET},
    sets.LAION_MD5.name: LISTED | {Lane.EXACT},
    sets.COYO.name: LISTED | {Lane.PERCEPTUAL},
    sets.COYO_LABELED.name: LISTED | {Lane.PERCEPTUAL},
    sets.DATACOMP.name: LISTED | {Lane.EXACT},
    sets.CC12M_HASHES.name: LISTED | {Lane.EXACT},
    sets.PD12M.name: LISTED | {Lane.EXACT},
    sets.COMMON_CATALOG.name: LISTED | {Lane.EXACT},
    sets.DANBOORU.name: {Lane.ATTRIBUTION, Lane.EXACT},
    sets.DANBOORU_SQLITE.name: {Lane.ATTRIBUTION, Lane.EXACT},
    sets.WIKIART.name: {Lane.ATTRIBUTION},
    sets.IMG2DATASET.name: LISTED | {Lane.EXACT},
    sets.CLICKHOUSE_LAION.name: LISTED | {Lane.EXACT},
}
"""What each set can answer."""

TEXTLESS = {sets.CC12M_HASHES, sets.COYO_LABELED, sets.MEGALITH, sets.DANBOORU, sets.DANBOORU_SQLITE, sets.WIKIART}
ACCOUNTS = {sets.REDCAPS, sets.COMMON_CATALOG, sets.YFCC100M, sets.DANBOORU, sets.DANBOORU_SQLITE}
PAGES = {sets.WIT, sets.COMMON_CATALOG, sets.YFCC100M, sets.MMC4, sets.OBELICS}
KEYS = {
    sets.LAION_400M.name: "SAMPLE_ID=2",
    sets.LAION_5B_FIRST.name: "SAMPLE_ID=2",
    sets.COYO.name: "id=2",
    sets.COYO_LABELED.name: "id=2",
    sets.DATACOMP.name: f"uid={sets.uid_of(Entry('', number=2))}",
    sets.REDCAPS.name: "image_id=abc2",
    sets.PD12M.name: "id=00000000-0000-4000-8000-000000000002",
    sets.COMMON_CATALOG.name: "photoid=2",
    sets.YFCC100M.name: "photoid=2",
    sets.DANBOORU.name: "id=2",
    sets.DANBOORU_SQLITE.name: "id=2",
}
"""How the second entry is known across versions, where the set gives rows a number of their own."""

SIZELESS = {
    sets.CC3M, sets.CC12M, sets.CC12M_HASHES, sets.SBU, sets.REDCAPS, sets.WUKONG, sets.YFCC100M, sets.MMC4,
    sets.OBELICS, sets.MEGALITH, sets.WIKIART,
}  # fmt: skip


def each_of(chosen: Collection[Published]) -> pytest.MarkDecorator:
    listed = [one for one in EVERY_SET if one in chosen]
    return pytest.mark.parametrize("published", listed, ids=[one.name for one in listed])


def with_lane(lane: Lane) -> list[Published]:
    return [one for one in EVERY_SET if lane in LANES[one.name]]


def entries(**second: Any) -> list[Entry]:
    """Three pictures, of which the second is what a test says. WikiArt knows its artists by their numbers."""
    others = [Entry(OTHER.format(number), number=number, account="claude-monet") for number in (1, 2, 3)]
    return [others[0], replace(others[1], **second), others[2]]


def opened(published: Published, folder: Path, listed: Sequence[Entry]) -> TableSource:
    place = published.write(folder, listed)
    return TableSource(TableChoice(published.name, (place,), published.name, "1"), None, Monitor())


def person(sites: Sequence[str] = (), names: Sequence[str] = ()) -> Finder:
    return Finder(Person(tuple(names), tuple(sites)))


def mentions(source: TableSource, finder: Finder) -> list[tuple[Mention, RowFacts]]:
    lanes = [lane for lane in LISTED if source.why_not(lane) is None]
    return [(one, source.facts(one.row)) for one in source.mentions(finder, lanes, Monitor())]


def two_bits_from(value: int) -> int:
    """A hash that is no degenerate one either: a one and a nought exchanged."""
    one = next(bit for bit in range(64) if value >> bit & 1)
    nought = next(bit for bit in range(64) if not value >> bit & 1)
    return value ^ (1 << one | 1 << nought)


def found(source: TableSource, query: Query, lane: Lane) -> dict[Kind, RowFacts]:
    return {one.kind: source.facts(one.row) for one in source.search([query], [lane], REACH, Monitor())}


@each_of(EVERY_SET)
def test_each_set_answers_its_lanes_and_says_why_not_of_the_others(published: Published, tmp_path: Path) -> None:
    with closing(opened(published, tmp_path, entries(account="luna-vale"))) as source:
        assert {lane for lane in Lane if source.why_not(lane) is None} == LANES[published.name]
        assert source.describe().rows == 3


@each_of(with_lane(Lane.LOCATION))
def test_an_own_address_is_found_in_each_set_that_lists_addresses(published: Published, tmp_path: Path) -> None:
    with closing(opened(published, tmp_path, entries(url=OWN))) as source:
        ((mention, facts),) = mentions(source, person(["https://lunavale.art"]))
        assert (mention.hit.basis, mention.hit.is_own) == (Basis.ADDRESS, True)
        assert facts.url == OWN
        assert facts.row_key.endswith(KEYS.get(published.name, "#1"))


@each_of(PAGES)
def test_an_own_page_is_found_in_each_set_that_lists_pages(published: Published, tmp_path: Path) -> None:
    with closing(opened(published, tmp_path, entries(page="https://lunavale.art/about"))) as source:
        ((mention, facts),) = mentions(source, person(["https://lunavale.art"]))
        assert mention.hit.is_own
        assert "https://lunavale.art/about" in " ".join(facts.notes)
        assert facts.url in (OTHER.format(2), "https://elsewhere.example.com/a.png")


@each_of(set(EVERY_SET) - TEXTLESS)
def test_a_name_is_found_in_each_set_that_has_texts(published: Published, tmp_path: Path) -> None:
    with closing(opened(published, tmp_path, entries(text="An owl by Luna Vale, 2019"))) as source:
        ((mention, facts),) = mentions(source, person(names=NAMED))
        assert (mention.hit.basis, mention.hit.is_own) == (Basis.NAME, False)
        assert "Luna Vale" in (facts.caption or "")


@each_of(ACCOUNTS)
def test_an_own_account_is_found_in_each_set_that_has_accounts(published: Published, tmp_path: Path) -> None:
    with closing(opened(published, tmp_path, entries(account="lunavale"))) as source:
        ((mention, _),) = mentions(source, person(names=HANDLES))
        assert (mention.hit.basis, mention.hit.is_own) == (Basis.ACCOUNT, True)


@each_of(with_lane(Lane.EXACT))
def test_the_very_file_is_found_in_each_set_that_has_digests(published: Published, tmp_path: Path) -> None:
    query = replace(query_of(WORK), pixel_hash="ab" * 16)
    with closing(opened(published, tmp_path, entries(data=WORK, pixel_hash="ab" * 16))) as source:
        answers = found(source, query, Lane.EXACT)
        assert set(answers) == set(source.describe().rows_with)
        for facts in answers.values():
            assert facts.row_key.endswith(KEYS.get(published.name, "#1"))
            assert {facts.sha256, facts.md5} <= {query.digests.sha256, query.digests.md5, None}
    with closing(opened(published, tmp_path / "other", entries())) as source:
        assert found(source, query, Lane.EXACT) == {}


@each_of(with_lane(Lane.PERCEPTUAL))
def test_a_near_hash_is_found_in_each_set_that_has_hashes(published: Published, tmp_path: Path) -> None:
    query = query_of(WORK)
    near = two_bits_from(query.fingerprints.phash[0])
    with closing(opened(published, tmp_path, entries(phash=f"{near:016X}"))) as source:
        facts = found(source, query, Lane.PERCEPTUAL)[Kind.PHASH]
        assert facts.row_key == f"{published.name}:id=2"
        assert facts.phash == near


@each_of(set(EVERY_SET) - SIZELESS)
def test_the_size_of_a_picture_is_the_originals(published: Published, tmp_path: Path) -> None:
    lane = Lane.LOCATION if Lane.LOCATION in LANES[published.name] else Lane.ATTRIBUTION
    second = {"url": OWN, "account": "luna-vale", "width": 3000, "height": 2000}
    with closing(opened(published, tmp_path, entries(**second))) as source:
        found_rows = mentions(source, person(["https://lunavale.art"], ["Luna Vale", "danbooru:luna-vale"]))
        (facts, *_) = [facts for mention, facts in found_rows if mention.hit.lane is lane]
        assert {facts.width, facts.height} == {3000, 2000}


def test_trap_the_hash_of_laion_is_a_key_of_the_text_and_never_of_the_picture(tmp_path: Path) -> None:
    for published in (sets.LAION_JOINED, sets.RELAION, sets.LAION_AESTHETIC, sets.LAION_COCO):
        place = published.write(tmp_path / published.name, entries())
        with closing(TableSource(TableChoice("x", (place,), "x"), None, Monitor())) as source:
            assert "no column of checksums" in (source.why_not(Lane.EXACT) or "")
            assert "no column of fingerprints" in (source.why_not(Lane.PERCEPTUAL) or "")
    columns = recognise(["URL", "TEXT", "WIDTH", "HEIGHT", "similarity", "hash", "pwatermark", "punsafe"])
    assert (columns.md5, columns.sha256, columns.phash, columns.key) == (None, None, None, None)


def test_trap_the_hash_of_pd12m_is_the_md5_of_the_file() -> None:
    columns = recognise(["id", "url", "caption", "width", "height", "mime_type", "hash", "license", "source"])
    assert columns.md5 == "hash"


def test_trap_width_and_height_are_swapped_in_old_laion(tmp_path: Path) -> None:
    """A picture three times as wide as high."""
    for published, is_doubtful in ((sets.LAION_5B_FIRST, True), (sets.LAION_400M, True), (sets.LAION_JOINED, False)):
        listed = entries(url=OWN, width=900, height=300)
        with closing(opened(published, tmp_path / published.name, listed)) as source:
            ((_, facts),) = mentions(source, person(["https://lunavale.art"]))
            assert {facts.width, facts.height} == {900, 300}
            assert ("in either order" in (source.caveat(Lane.LOCATION) or "")) == is_doubtful


@each_of({sets.CC3M, sets.CC12M})
def test_trap_cc3m_and_cc12m_have_their_columns_in_another_order(published: Published, tmp_path: Path) -> None:
    """The caption of each names the site that the artist owns, which must not make the row theirs."""
    listed = entries(url=OTHER.format("lunavale"), text="seen on lunavale.art by Luna Vale")
    with closing(opened(published, tmp_path, listed)) as source:
        ((mention, facts),) = mentions(source, person(["https://lunavale.art"], NAMED))
        assert mention.hit.basis is Basis.NAME
        assert facts.url == OTHER.format("lunavale")
        assert facts.caption == "seen on lunavale.art by Luna Vale"


def test_trap_the_uid_of_datacomp_is_two_numbers_of_64_bits_and_no_account(tmp_path: Path) -> None:
    """The lists of its subsets hold (first 16 hex digits, last 16): together they are the key of the row."""
    place = sets.DATACOMP.write(tmp_path, entries())
    table = open_table(place / "metadata/00000000.parquet", None, Monitor())
    uid = table.row(1, ["uid"])["uid"]
    table.close()
    high, low = int(uid[:16], 16), int(uid[16:], 16)
    assert f"{high:016x}{low:016x}" == uid
    assert max(high, low) < 1 << 64
    columns = recognise(["uid", "url", "text", "original_width", "original_height", "sha256"])
    assert columns.key == "uid"
    assert columns.accounts == {}


def test_trap_the_uid_of_commoncatalog_is_an_account_and_no_key() -> None:
    columns = recognise(["photoid", "uid", "unickname", "downloadurl", "sha256"])
    assert columns.key == "photoid"
    assert columns.accounts == {"unickname": "flickr", "uid": "flickr"}


def test_trap_pixiv_id_is_the_number_of_a_work_and_no_account() -> None:
    assert "pixiv_id" not in recognise(["id", "md5", "pixiv_id", "tag_string_artist"]).accounts


def test_trap_numbers_that_are_none_in_json_cost_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text(f'{{"url": "{OTHER.format(1)}", "similarity": NaN}}\n{{"url": "{OWN}", "similarity": 0.3}}\n')
    with closing(TableSource(TableChoice("x", (place,), "x"), None, Monitor())) as source:
        ((_, facts),) = mentions(source, person(["https://lunavale.art"]))
        assert facts.row_key == "x:rows.jsonl#1"


def test_trap_numbers_beyond_two_to_the_53_are_kept_to_the_last_digit(tmp_path: Path) -> None:
    with closing(opened(sets.COYO, tmp_path, entries(url=OWN, number=(1 << 53) + 1))) as source:
        ((_, facts),) = mentions(source, person(["https://lunavale.art"]))
        assert facts.row_key == f"COYO-700M:id={(1 << 53) + 1}"


def test_the_hashes_of_flat_pictures_are_counted_and_not_searched(tmp_path: Path) -> None:
    with closing(opened(sets.COYO, tmp_path, entries(phash="8000000000000000"))) as source:
        found(source, query_of(WORK), Lane.PERCEPTUAL)
        assert "the fingerprint of one row is that of a flat picture" in (source.caveat(Lane.PERCEPTUAL) or "")


def test_the_artist_of_wikiart_is_a_number_that_stands_for_a_name(tmp_path: Path) -> None:
    with closing(opened(sets.WIKIART, tmp_path, entries(account="luna-vale"))) as source:
        ((mention, facts),) = mentions(source, person(names=NAMED))
        assert mention.hit.basis is Basis.NAME
        assert facts.caption == "luna-vale"
        assert facts.url is None
