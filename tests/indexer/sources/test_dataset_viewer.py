"""The hub's dataset viewer, played on this computer: what is asked, what is found, and what is said of the rest."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backends.fail import Keyring as NoKeyring

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.images.forms import Form
from indexer.images.variants import Orientation
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching.thresholds import FORM_BITS, REACH
from indexer.net.ledger import entries
from indexer.net.network import Network
from indexer.net.tokens import store_token
from indexer.sources.base import Query, Rendition, RowId, Source
from indexer.sources.dataset_viewer import DatasetViewerSource
from indexer.sources.hash_columns import METHOD
from indexer.sources.viewer_service import ViewerLimits
from indexer.tables.columns import Columns
from tests.contracts.remote_source_contract import JSON_VALUES, RemoteSourceContract
from tests.contracts.source_contract import assert_is_reason
from tests.helpers.keyrings import MemoryKeyring, in_use
from tests.helpers.monitors import StopWhen
from tests.helpers.pictures import draw
from tests.helpers.queries import query_of
from tests.helpers.server import HOST, LocalServer
from tests.helpers.viewer_rows import ARTIST, KINDS, PIXEL_HASH, WORK, listed_rows
from tests.helpers.viewer_server import DATASET, REVISION, HubSet, serve_set

QUICK = ViewerLimits(waits_s=(0.0, 0.0))
PERSONS = [Lane.LOCATION, Lane.ATTRIBUTION]


def written(server: LocalServer, choice: str = "") -> str:
    return f"hf://datasets/{DATASET}#viewer={server.url}{choice}"


def new_set(**changes: object) -> HubSet:
    return replace(HubSet(listed_rows(), kinds=KINDS), **changes)  # type: ignore[arg-type]


class TestDatasetViewerSource(RemoteSourceContract):
    lanes = (Lane.EXACT, Lane.PERCEPTUAL, Lane.LOCATION, Lane.ATTRIBUTION)
    finder = Finder(ARTIST)

    @classmethod
    def setup_class(cls) -> None:
        cls.work = query_of(WORK)
        super().setup_class()

    @classmethod
    def serve(cls) -> LocalServer:
        return serve_set(new_set())

    @classmethod
    def open_at(cls, server: LocalServer, network: Network) -> Source:
        return DatasetViewerSource(written(server), network, limits=QUICK)


class Hub:
    """Sets that are served, and sources that are open, until the test ends."""

    def __init__(self, room: Path) -> None:
        self.network = Network(room / "sent.jsonl", allow_private_hosts=True)
        self._open: list[LocalServer | Source] = []

    def open(self, hub_set: HubSet, choice: str = "", **options: object) -> DatasetViewerSource:
        server = serve_set(hub_set)
        self._open.append(server)
        options = {"limits": QUICK} | options
        source = DatasetViewerSource(written(server, choice), self.network, **options)  # type: ignore[arg-type]
        self._open.append(source)
        return source

    def why_not(self, hub_set: HubSet, choice: str = "") -> str:
        with pytest.raises(SourceProblem) as caught:
            self.open(hub_set, choice)
        return caught.value.because

    def close(self) -> None:
        for one in reversed(self._open):
            one.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with closing(Hub(tmp_path)) as served:
        yield served


@pytest.fixture(autouse=True)
def ring() -> Iterator[MemoryKeyring]:
    """No test may ask the keyring of whoever runs it."""
    made = MemoryKeyring()
    with in_use(made):
        yield made


@pytest.fixture(scope="module")
def work() -> Query:
    return query_of(WORK)


def found(source: Source, work: Query, *lanes: Lane) -> dict[str, set[Kind]]:
    """Row keys, each with the kinds that proposed it."""
    kinds: dict[str, set[Kind]] = {}
    for one in source.search([work], lanes, REACH, Monitor()):
        kinds.setdefault(source.facts(one.row).row_key, set()).add(one.kind)
    return kinds


def mentioned(source: Source, person: Person = ARTIST, lanes: Sequence[Lane] = PERSONS) -> dict[str, list[Lane]]:
    lanes_of: dict[str, list[Lane]] = {}
    for one in source.mentions(Finder(person), lanes, Monitor()):
        lanes_of.setdefault(one.row, []).append(one.hit.lane)
    return lanes_of


def key(number: int) -> str:
    return f"hf:{DATASET}@default/train#id={2**60 + number}"


# What is found


def test_a_listed_file_is_found_by_each_of_its_checksums(hub: Hub, work: Query) -> None:
    source = hub.open(new_set())
    asked = replace(work, pixel_hash=PIXEL_HASH)
    assert found(source, asked, Lane.EXACT) == {key(0): {Kind.SHA256, Kind.MD5, Kind.PIXEL_HASH}}


def test_the_files_that_were_published_are_asked_for_beside_the_work(hub: Hub) -> None:
    published = Rendition(query_of(WORK).digests, "the file that you published")
    master = replace(query_of(draw(77)), renditions=(published,))
    (one, _) = hub.open(new_set()).search([master], [Lane.EXACT], REACH, Monitor())
    assert one.rendition == published


def test_many_checksums_go_into_few_questions(hub: Hub) -> None:
    hub_set = new_set()
    source = hub.open(hub_set)
    works = [query_of(draw(300 + number, (40, 30)), f"{number}.png") for number in range(30)]
    before = len(hub_set.wheres())
    assert list(source.search([*works, query_of(WORK)], [Lane.EXACT], REACH, Monitor()))
    asked = hub_set.wheres()[before:]
    assert len(asked) <= 4
    assert all(len(where) <= 2_000 for where in asked)


def test_a_mirrored_copy_is_found_by_its_fingerprint_and_the_real_bits_are_counted(hub: Hub, work: Query) -> None:
    source = hub.open(new_set())
    candidates = list(source.search([work], [Lane.PERCEPTUAL], REACH, Monitor()))
    nearest = {one.row: one for one in sorted(candidates, key=lambda one: -one.distance)}
    assert set(nearest) == {"0", "1"}
    assert nearest[RowId("1")].orientation is Orientation.MIRRORED
    for one in candidates:
        phash = source.facts(one.row).phash
        assert phash is not None
        assert one.distance <= REACH.phash_bits
        assert one.distance in {float((phash ^ code).bit_count()) for code in (*work.fingerprints.phash, phash)}


def test_rows_that_are_near_in_characters_only_are_left_out(hub: Hub, work: Query) -> None:
    """Four hex digits that differ by all their bits: 4 characters, 16 bits."""
    rows = listed_rows()
    rows[0]["image_phash"] = f"{work.fingerprints.phash[0] ^ 0xFFFF:016x}"
    hub_set = new_set(rows=rows)
    assert "0" not in {one.row for one in hub.open(hub_set).search([work], [Lane.PERCEPTUAL], REACH, Monitor())}


def test_a_degenerate_fingerprint_is_nobodys(hub: Hub, work: Query) -> None:
    rows = listed_rows()
    code = work.fingerprints.phash[0]
    rows[0]["image_phash"] = f"{code & (code - 1):016x}"
    source = hub.open(new_set(rows=rows))
    assert "0" not in {one.row for one in source.search([work], [Lane.PERCEPTUAL], REACH, Monitor())}


def test_own_sites_accounts_and_names_are_found_and_look_alikes_are_not(hub: Hub) -> None:
    assert mentioned(hub.open(new_set())) == {"2": [Lane.LOCATION], "3": [Lane.ATTRIBUTION], "4": [Lane.ATTRIBUTION]}


def test_a_handle_within_an_address_is_found_among_the_names(hub: Hub) -> None:
    rows = listed_rows()
    rows[4]["text"] = "a moon"
    rows[6]["url"] = "https://www.deviantart.com/luna-vale/art/Moon-12"
    source = hub.open(new_set(rows=rows))
    person = Person(("deviantart:luna-vale",))
    assert mentioned(source, person, [Lane.ATTRIBUTION]) == {"6": [Lane.ATTRIBUTION]}
    assert mentioned(source, person, [Lane.LOCATION]) == {}


def test_an_address_with_two_hyphens_is_found_although_it_cannot_be_sent(hub: Hub) -> None:
    rows = listed_rows()
    rows[6]["url"] = "https://xn--bcher-kva.example/a.png"
    hub_set = new_set(rows=rows)
    source = hub.open(hub_set)
    assert mentioned(source, Person((), ("bücher.example",))) == {"6": [Lane.LOCATION]}
    assert not any("--" in where for where in hub_set.wheres())


def test_what_cannot_be_sent_at_all_is_said(hub: Hub) -> None:
    source = hub.open(new_set())
    assert mentioned(source, Person(("flickr:a--b",))) == {}
    assert source.caveat(Lane.ATTRIBUTION) == "the service does not take “a--b”, so it was not asked for"
    assert source.caveat(Lane.LOCATION) is None


def test_a_name_with_a_quote_is_asked_for_as_it_is(hub: Hub) -> None:
    rows = listed_rows()
    rows[6]["text"] = "by Nora O'Hara-Vale"
    assert mentioned(hub.open(new_set(rows=rows)), Person(("Nora O'Hara-Vale",))) == {"6": [Lane.ATTRIBUTION]}


def test_texts_in_lists_are_searched_word_by_word_and_that_is_said(hub: Hub) -> None:
    rows = [{"texts": ["nothing"]}, {"texts": ["the sea", "a moon by Luna Vale"]}, {"texts": ["luna", "by Vale"]}]
    source = hub.open(new_set(rows=rows, kinds={"texts": [{"dtype": "string", "_type": "Value"}]}))
    assert mentioned(source) == {"1": [Lane.ATTRIBUTION]}
    assert "word by word" in (source.caveat(Lane.ATTRIBUTION) or "")
    assert mentioned(source, Person(("ルナ・ヴェイル",))) == {}
    assert "searches for the letters a to z only" in (source.caveat(Lane.ATTRIBUTION) or "")


def test_addresses_in_a_text_of_json_are_found(hub: Hub) -> None:
    """As OBELICS has them (`datasets.md` §2.9)."""
    held = json.dumps([{"src": "https://www.luna-vale.org/a.png", "document_url": "https://elsewhere.example/"}])
    rows = [{"metadata": held, "texts": "x", "general_metadata": "{}"}]
    source = hub.open(new_set(rows=rows, kinds={}))
    assert mentioned(source) == {"0": [Lane.LOCATION]}
    assert source.facts(RowId("0")).url == "https://www.luna-vale.org/a.png"


# What is said of a row


def test_the_facts_of_a_row_are_those_that_are_listed(hub: Hub, work: Query) -> None:
    source = hub.open(new_set())
    facts = source.facts(RowId("0"))
    assert (facts.row, facts.row_key) == (f"row 0 of {DATASET}, default/train", key(0))
    assert (facts.url, facts.caption) == ("https://elsewhere.example/w.png", "a picture")
    assert (facts.width, facts.height) == (work.fingerprints.width, work.fingerprints.height)
    assert (facts.sha256, facts.md5) == (work.digests.sha256, work.digests.md5)
    assert facts.phash == work.fingerprints.phash[0]
    assert any(REVISION in note and "published file itself was not read" in note for note in facts.notes)


def test_a_row_leads_to_the_published_file_that_can_be_sealed(hub: Hub) -> None:
    file = "https://huggingface.co/datasets/x/resolve/main/0000.parquet"
    notes = hub.open(new_set()).facts(RowId("0")).notes
    assert (
        f"“exhibit-a datasets seal {file}” fetches the file that it stands in, whole, and compares its checksum."
        in notes
    )


def test_where_the_files_of_a_set_are_not_told_a_row_is_found_all_the_same(hub: Hub) -> None:
    silent = new_set()
    silent.refuses.add("parquet")
    assert not any("datasets seal" in note for note in hub.open(silent).facts(RowId("0")).notes)


def test_how_a_set_of_the_hub_made_its_fingerprints_is_inferred(hub: Hub) -> None:
    source = hub.open(new_set())
    assert "is inferred from what it published" in (source.inferred(Lane.PERCEPTUAL) or "")
    assert source.inferred(Lane.EXACT) is None


def test_the_facts_show_the_address_and_the_text_that_were_found(hub: Hub) -> None:
    rows = [
        {
            "url": "https://elsewhere.example/1.jpg",
            "pageurl": "https://www.luna-vale.org/",
            "caption": "x",
            "title": "Luna Vale",
        }
    ]
    source = hub.open(new_set(rows=rows, kinds={}))
    assert mentioned(source) == {"0": PERSONS}
    facts = source.facts(RowId("0"))
    assert (facts.url, facts.caption) == ("https://elsewhere.example/1.jpg", "Luna Vale")
    assert "The row also lists the address https://www.luna-vale.org/." in facts.notes


def test_a_proposed_row_is_not_asked_for_again(hub: Hub, work: Query) -> None:
    hub_set = new_set()
    source = hub.open(hub_set)
    (candidate, *_) = source.search([work], [Lane.EXACT], REACH, Monitor())
    asked = len(hub_set.asked)
    source.facts(candidate.row)
    assert len(hub_set.asked) == asked
    source.facts(RowId("6"))
    assert hub_set.asked[-1][0] == "rows"


def test_a_row_that_is_not_there_is_told(hub: Hub) -> None:
    with pytest.raises(SourceProblem, match="has no row 999 of this set"):
        hub.open(new_set()).facts(RowId("999"))


def test_a_value_that_was_cut_is_not_taken_for_the_whole(hub: Hub, work: Query) -> None:
    source = hub.open(new_set(shortens=("sha256", "text")))
    assert found(source, work, Lane.EXACT) == {key(0): {Kind.MD5}}
    facts = source.facts(RowId("0"))
    assert (facts.sha256, facts.caption) == (None, None)
    assert any("shortened some of its values" in note for note in facts.notes)


def test_a_row_without_a_key_of_its_own_is_known_by_its_number(hub: Hub) -> None:
    source = hub.open(new_set(rows=[{"url": "https://www.luna-vale.org/x"}], kinds={}))
    assert source.facts(RowId("0")).row_key == f"hf:{DATASET}@default/train#0"


def test_what_the_columns_say_can_be_told_from_outside(hub: Hub, work: Query) -> None:
    rows = [{"bild": "https://www.luna-vale.org/x", "pruefsumme": work.digests.sha256}]
    columns = Columns(url=("bild",), sha256="pruefsumme", caption=("none such",))
    source = hub.open(new_set(rows=rows, kinds={}), columns=columns)
    assert [lane for lane in Lane if source.why_not(lane) is None] == [Lane.EXACT, Lane.LOCATION, Lane.ATTRIBUTION]
    assert len(found(source, work, Lane.EXACT)) == 1


# What is said of the rest


def test_a_set_that_is_kept_in_part_is_never_searched_whole(hub: Hub, work: Query) -> None:
    source = hub.open(new_set(keeps=3, counted=3, estimated=7_000_000))
    about = source.describe()
    assert (about.rows, about.rows_with[Kind.SHA256]) == (7_000_000, 3)
    for lane in (Lane.EXACT, Lane.PERCEPTUAL, Lane.LOCATION, Lane.ATTRIBUTION):
        because = source.why_not_whole(lane)
        assert because == "only the first part of it was searched: the service keeps the first 3 of 7,000,000 rows"
    assert source.why_not_whole(Lane.NEURAL) is None
    assert found(source, work, Lane.EXACT)
    assert mentioned(source) == {"2": [Lane.LOCATION]}, "the others lie behind what it keeps"


def test_a_part_whose_size_is_not_told_is_still_a_part(hub: Hub) -> None:
    source = hub.open(new_set(keeps=3, refuses={"size", "no where"}))
    source_whole = hub.open(new_set(refuses={"size"}))
    list(source.mentions(Finder(ARTIST), PERSONS, Monitor()))
    assert "only the first part of it was searched" in (source.why_not_whole(Lane.LOCATION) or "")
    assert source_whole.why_not_whole(Lane.LOCATION) is None


def test_answers_beyond_the_limit_are_counted_and_said(hub: Hub) -> None:
    rows = [{"url": f"https://www.luna-vale.org/{number}"} for number in range(25)]
    hub_set = new_set(rows=rows, kinds={})
    source = hub.open(hub_set, limits=ViewerLimits(page_rows=4, most_rows=10))
    assert len(mentioned(source)) == 12, "three pages of four"
    because = source.why_not_whole(Lane.LOCATION)
    assert because == "a question had 25 answers, of which only the first 12 were looked through"
    assert source.why_not_whole(Lane.EXACT) is None


def test_a_service_that_gives_fewer_rows_than_it_counts_is_told_and_not_asked_for_ever(hub: Hub) -> None:
    hub_set = new_set(bends=lambda _, content: content | {"num_rows_total": 9_999} if "rows" in content else content)  # type: ignore[operator]
    source = hub.open(hub_set)
    before = len(hub_set.asked)
    mentioned(source, lanes=[Lane.LOCATION])
    assert len(hub_set.asked) == before + 1
    because = source.why_not_whole(Lane.LOCATION)
    assert because == "the service counted 9,999 answers to a question and gave only 3"


def test_where_answers_are_not_counted_all_pages_are_read_and_a_limit_is_said(hub: Hub) -> None:
    rows = [{"url": f"https://www.luna-vale.org/{number}"} for number in range(25)]

    def bend(_: str, content: object) -> object:
        return content | {"num_rows_total": None} if "rows" in content else content  # type: ignore[operator]

    source = hub.open(new_set(rows=rows, kinds={}, bends=bend), limits=ViewerLimits(page_rows=4))
    assert len(mentioned(source)) == 25
    assert source.why_not_whole(Lane.LOCATION) is None
    source = hub.open(new_set(rows=rows, kinds={}, bends=bend), limits=ViewerLimits(page_rows=4, most_rows=10))
    assert len(mentioned(source)) == 12
    because = source.why_not_whole(Lane.LOCATION)
    assert because == "a question had 13 or more answers, of which only the first 12 were looked through"


def test_how_fingerprints_were_computed_is_said_to_be_inferred(hub: Hub) -> None:
    assert hub.open(new_set()).caveat(Lane.PERCEPTUAL) == METHOD


def test_all_pages_are_read_up_to_the_limit(hub: Hub) -> None:
    rows = [{"url": f"https://www.luna-vale.org/{number}"} for number in range(25)]
    source = hub.open(new_set(rows=rows, kinds={}), limits=ViewerLimits(page_rows=4))
    assert len(mentioned(source)) == 25
    assert source.why_not_whole(Lane.LOCATION) is None


def test_where_fingerprints_are_not_compared_it_is_said(hub: Hub, work: Query) -> None:
    source = hub.open(new_set(refuses={"hamming"}))
    assert source.why_not(Lane.PERCEPTUAL) == "the service does not compare the fingerprints of this set"
    assert list(source.search([work], [Lane.PERCEPTUAL], REACH, Monitor())) == []


def test_fingerprints_of_several_lengths_cannot_be_compared_there(hub: Hub) -> None:
    """The service's database refuses texts of different lengths, whichever row holds one."""
    rows = listed_rows()
    rows[3]["image_phash"] = "none"
    assert hub.open(new_set(rows=rows)).why_not(Lane.PERCEPTUAL) is not None


def test_where_pieces_of_text_are_not_looked_for_names_are_searched_word_by_word(hub: Hub, work: Query) -> None:
    source = hub.open(new_set(refuses={"ilike"}))
    assert source.why_not(Lane.LOCATION) == "the service does not look for pieces of the addresses of this set"
    assert mentioned(source) == {"3": [Lane.ATTRIBUTION], "4": [Lane.ATTRIBUTION]}
    assert found(source, work, Lane.EXACT)


def test_among_millions_of_rows_only_what_is_not_chance_is_asked_for(hub: Hub, work: Query) -> None:
    def bend(endpoint: str, content: object) -> object:
        is_whole = isinstance(content, dict) and len(content.get("rows", ())) == len(listed_rows())
        return content | {"num_rows_total": 30_000_000} if endpoint == "filter" and is_whole else content  # type: ignore[operator]

    hub_set = new_set(bends=bend)
    source = hub.open(hub_set)
    before = len(hub_set.wheres())
    assert set(found(source, work, Lane.PERCEPTUAL)) == {key(0), key(1)}
    asked = {bits for where in hub_set.wheres()[before:] for bits in re.findall(r"\)<(\d+)", where)}
    assert asked == {"9", str(FORM_BITS + 1)}
    because = source.why_not_whole(Lane.PERCEPTUAL)
    assert because is not None
    assert because.startswith("fingerprints that differ in more than 8 of their 64 bits were not asked for in full")


def test_one_question_that_is_refused_costs_no_other(hub: Hub) -> None:
    hub_set = new_set()
    source = hub.open(hub_set)
    person = Person((), ("elsewhere.example", "luna-vale.org"))
    hub_set.refuses_text = "luna-vale.org"
    assert mentioned(source, person, [Lane.LOCATION])
    assert (source.why_not_whole(Lane.LOCATION) or "").startswith("for one question, the service did not take")


def test_a_set_that_is_only_searched_for_words_says_so(hub: Hub) -> None:
    source = hub.open(new_set(refuses={"filter"}))
    assert [lane for lane in Lane if source.why_not(lane) is None] == [Lane.ATTRIBUTION]
    assert mentioned(source) == {"3": [Lane.ATTRIBUTION], "4": [Lane.ATTRIBUTION]}


def test_a_set_without_an_index_cannot_be_searched(hub: Hub) -> None:
    assert "keeps no index of this set" in hub.why_not(new_set(refuses={"filter", "search"}))


def test_a_set_of_several_parts_is_searched_in_the_first_and_that_is_said(hub: Hub) -> None:
    source = hub.open(new_set(others=[("other", "train"), ("default", "test")]))
    assert source.describe().version.startswith("default/train, ")
    assert source.caveat(Lane.EXACT) == "only its part default/train was searched, and it has 2 more"
    assert source.caveat(Lane.NEURAL) is None


def test_the_part_that_was_chosen_is_searched(hub: Hub) -> None:
    hub_set = new_set(config="en", split="shards", others=[("default", "train")])
    assert hub.open(hub_set, "&config=en&split=shards").describe().version.startswith("en/shards, ")
    assert hub.why_not(hub_set, "&config=fr") == "the set has no such part; it has default/train, en/shards"


def test_the_revision_is_kept_and_can_be_insisted_on(hub: Hub) -> None:
    assert hub.open(new_set(), f"&revision={REVISION[:8]}").describe().version == f"default/train, {REVISION}"
    assert "and abcdef was asked for" in hub.why_not(new_set(), "&revision=abcdef")
    unknown = hub.open(new_set(revision=None))
    assert unknown.describe().version == "default/train, revision unknown"
    assert any("did not say at which revision" in note for note in unknown.facts(RowId("0")).notes)
    assert "does not say which revision" in hub.why_not(new_set(revision=None), "&revision=abcdef")


def test_a_set_that_changes_while_it_is_searched_is_told(hub: Hub, work: Query) -> None:
    hub_set = new_set()
    source = hub.open(hub_set)
    hub_set.revision = "f" * 40
    found(source, work, Lane.EXACT)
    assert source.caveat(Lane.EXACT) == "the set was changed while it was searched"
    assert source.describe().version == f"default/train, {REVISION}"


def test_another_revision_is_another_content(hub: Hub) -> None:
    one, same = hub.open(new_set()), hub.open(new_set(revision="f" * 40))
    assert one.describe().identity.partition(" ")[2] != same.describe().identity.partition(" ")[2]


# How it is


def test_its_health_is_what_the_service_says_of_it_now(hub: Hub) -> None:
    hub_set = new_set()
    source = hub.open(hub_set)
    health = source.health(Monitor())
    assert health.answers
    assert health.words == "the service answers, and searches this set for rows by their columns and for words"
    hub_set.refuses = {"filter", "search"}
    assert not source.health(Monitor()).answers


def test_a_set_that_is_being_prepared_is_asked_for_again(hub: Hub) -> None:
    assert hub.open(new_set(prepares=2)).why_not(Lane.EXACT) is None


def test_a_set_that_is_never_ready_is_told(hub: Hub) -> None:
    because = hub.why_not(new_set(prepares=99))
    assert because == "the service is still preparing this set; ask again in a few minutes"


def test_a_stop_ends_the_wait_for_a_set_that_is_being_prepared(hub: Hub) -> None:
    hub_set = new_set(prepares=99)
    with pytest.raises(Cancelled):
        patient = ViewerLimits(waits_s=(600.0,))
        hub.open(hub_set, limits=patient, monitor=StopWhen(lambda monitor: monitor.checks > 20))


def test_a_service_that_asks_for_a_pause_is_given_it(hub: Hub) -> None:
    hub_set = new_set(busy=["1"])
    began = time.monotonic()
    assert hub.open(hub_set).why_not(Lane.EXACT) is None
    assert time.monotonic() - began >= 1


def test_a_service_that_asks_for_too_long_a_pause_is_told(hub: Hub) -> None:
    because = hub.why_not(new_set(busy=["86400"]))
    assert because == "the server takes no more questions for now; it may be asked again in 24 hours"


@pytest.mark.parametrize(
    ("status", "body", "because"),
    [
        (404, {"error": "Not found."}, "the service has no such set, or not this part of it: it says “Not found”"),
        (
            422,
            {"error": "Parameter 'x' is required."},
            "the service did not take the question: it says “Parameter 'x' is required”",
        ),
        (500, {"error": "Unexpected error."}, "the service answered 500: it says “Unexpected error”"),
        (501, {"error": "no Parquet"}, "the service answered 501: it says “no Parquet”"),
        (429, {"error": "slow"}, "the service asks not to be asked any more for now; try again later"),
        (500, None, "the service answered 500"),
        (502, {"error": 5}, "the service answered 502"),
    ],
)
def test_what_the_service_says_is_passed_on_in_a_sentence(
    hub: Hub, tmp_path: Path, status: int, body: object, because: str
) -> None:
    with serve_set(new_set()) as server:
        server.answers("/is-valid", json.dumps(body).encode(), status, {"Content-Type": "application/json"})
        with pytest.raises(SourceProblem) as caught:
            DatasetViewerSource(written(server), hub.network, limits=QUICK)
    assert caught.value.because == because


# Tokens


TOKEN = "hf_secretSECRET1"


def test_a_closed_set_says_what_to_do(hub: Hub) -> None:
    because = hub.why_not(new_set(token=TOKEN))
    assert because.startswith("it is gated, or there is no set of that name: accept its terms on its page, https://")
    assert because.endswith(f"store your access token with `exhibit-a datasets token {HOST}`")


@pytest.mark.parametrize("hides", [False, True], ids=["said to be closed", "said to hold nothing"])
def test_a_closed_set_is_opened_however_the_service_says_that_it_is_closed(hub: Hub, work: Query, hides: bool) -> None:
    closed = new_set(token=TOKEN, hides=hides)
    assert "store your access token" in hub.why_not(closed)
    store_token(HOST, TOKEN)
    assert found(hub.open(closed), work, Lane.EXACT)


def test_without_a_keyring_a_closed_set_says_that_no_token_can_be_kept(hub: Hub) -> None:
    with in_use(NoKeyring()):
        assert hub.why_not(new_set(token=TOKEN)).endswith("so an access token cannot be kept")


def test_terms_that_are_not_accepted_are_told_apart(hub: Hub) -> None:
    store_token(HOST, TOKEN)
    because = hub.why_not(new_set(token=TOKEN, has_accepted=False))
    assert because.startswith("it is gated, and the stored access token does not open it: accept its terms on its page")


def test_an_open_set_is_never_sent_a_token(hub: Hub, tmp_path: Path) -> None:
    store_token(HOST, TOKEN)
    with serve_set(new_set()) as server, closing(DatasetViewerSource(written(server), hub.network)):
        assert not any("Authorization" in request.headers for request in server.seen)


def test_no_token_stands_in_the_ledger_or_in_any_file(hub: Hub, tmp_path: Path, own_home: Path, work: Query) -> None:
    store_token(HOST, TOKEN)
    found(hub.open(new_set(token=TOKEN)), work, Lane.EXACT)
    for place in (*tmp_path.rglob("*"), *own_home.rglob("*")):
        assert place.is_dir() or TOKEN.encode() not in place.read_bytes()


# What leaves


def test_everything_that_is_asked_stands_in_the_ledger_with_its_purpose(hub: Hub, work: Query) -> None:
    source = hub.open(new_set())
    before = len(list(entries(hub.network.ledger)))
    found(source, work, Lane.EXACT, Lane.PERCEPTUAL)
    mentioned(source)
    asked = list(entries(hub.network.ledger))[before:]
    purposes = {entry.purpose for entry in asked}
    assert f"to ask whether the checksum of a file of yours (SHA-256) is listed in {DATASET}" in purposes
    assert f"to ask which rows of {DATASET} hold a name of yours" in purposes
    assert all(entry.method == "GET" and entry.body_bytes == 0 for entry in asked)


def test_nothing_of_the_artist_is_sent_while_it_is_opened(hub: Hub) -> None:
    hub_set = new_set()
    hub.open(hub_set)
    flat, example = "\"image_phash\".hamming('8000000000000000')<1", "\"url\" ilike '%https://example.org/%'"
    assert hub_set.wheres() == [example, flat]


# What a broken service may answer


def put(content: object, place: Sequence[int], value: object) -> object:
    """The same answer with `value` somewhere in it: each number chooses a branch."""
    if not place or not isinstance(content, dict | list) or not content:
        return value
    if isinstance(content, dict):
        chosen = sorted(content)[place[0] % len(content)]
        return content | {chosen: put(content[chosen], place[1:], value)}
    chosen_at = place[0] % len(content)
    return [*content[:chosen_at], put(content[chosen_at], place[1:], value), *content[chosen_at + 1 :]]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    endpoint=st.sampled_from(["is-valid", "splits", "size", "first-rows", "rows", "filter", "search"]),
    place=st.lists(st.integers(0, 99), max_size=6),
    value=JSON_VALUES,
)
def test_an_answer_with_anything_anywhere_costs_a_sentence_at_most(
    hub: Hub, work: Query, endpoint: str, place: list[int], value: object
) -> None:
    hub_set = new_set(bends=lambda asked, content: put(content, place, value) if asked == endpoint else content)
    with serve_set(hub_set) as server:
        try:
            with closing(DatasetViewerSource(written(server), hub.network, limits=QUICK)) as source:
                found(source, work, Lane.EXACT, Lane.PERCEPTUAL)
                mentioned(source)
                source.facts(RowId("6"))
                reasons = [source.why_not_whole(lane) for lane in Lane] + [source.caveat(lane) for lane in Lane]
                assert all(reason is None or reason for reason in reasons)
        except SourceProblem as problem:
            assert_is_reason(problem.because)


def test_a_work_is_asked_for_in_other_forms_too(hub: Hub, work: Query) -> None:
    rows = listed_rows()
    square = next(one for one in work.fingerprints.phash_forms if one.form is Form.SQUARE)
    rows[0]["image_phash"] = f"{square.phash:016x}"
    source = hub.open(new_set(rows=rows))
    candidates = source.search([work], [Lane.PERCEPTUAL], REACH, Monitor())
    assert {(one.form, one.distance) for one in candidates if one.row == "0" and one.form} == {(Form.SQUARE, 0.0)}
