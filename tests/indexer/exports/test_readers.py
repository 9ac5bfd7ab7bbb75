"""Each platform's archive, read: which pictures were published, where, and when first."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.exports.base import LayoutBasis
from indexer.exports.opening import READERS, Publications, open_export, put_together
from tests.helpers import account_exports as made
from tests.helpers.account_exports import FIRST_UTC, Files, as_json, save_folder, save_zip

PICTURE = b"\xff\xd8\xff any picture"
X = "https://x.com/i/status"

EXPECTED = {
    "instagram": (
        made.instagram(PICTURE),
        "Instagram",
        {"instagram-artist-2024-01-01-abc/media/posts/201905/one.jpg": (FIRST_UTC, None, None, None)},
    ),
    "old instagram": (
        made.old_instagram(PICTURE),
        "Instagram",
        {"photos/201803/old.jpg": ("2018-03-04", None, None, None)},
    ),
    "facebook": (
        made.facebook(PICTURE),
        "Facebook",
        {
            "your_facebook_activity/posts/media/wall/post.jpg": (FIRST_UTC, None, None, None),
            "your_facebook_activity/posts/media/Ölbilder_77/oil.jpg": ("1970-01-01T00:00:01Z", None, None, None),
        },
    ),
    "twitter": (
        made.twitter(PICTURE),
        "X (Twitter)",
        {
            "data/tweets_media/11-OWN-a_1.jpg": (
                FIRST_UTC,
                "11",
                f"{X}/11",
                "https://pbs.twimg.com/media/OWN-a_1.jpg",
            )
        },
    ),
    "tumblr": (
        made.tumblr(PICTURE),
        "Tumblr",
        {
            f"media/180367539_{number}.png": (
                FIRST_UTC,
                "180367539",
                "https://artist.tumblr.com/post/180367539",
                None,
            )
            for number in range(2)
        },
    ),
    "deviantart": (
        made.deviantart(PICTURE),
        "DeviantArt",
        {
            "gallery/lake.png": (
                FIRST_UTC,
                "ABC-1",
                "https://www.deviantart.com/artist/art/Lake-123",
                "https://images-wixmp.example/f/x/lake.png?token=1",
            ),
            "gallery/tree_by_artist_dabcde1-fullview.jpg": (
                None,
                "623714761",
                "https://www.deviantart.com/deviation/623714761",
                None,
            ),
        },
    ),
    "artstation": (
        made.artstation(PICTURE),
        "ArtStation",
        {
            "projects/artist-lake.jpg": (
                FIRST_UTC,
                "EJ6Jn",
                "https://www.artstation.com/artwork/EJ6Jn",
                "https://cdna.artstation.com/p/assets/images/images/001/large/artist-lake.jpg?155",
            )
        },
    ),
}

Save = Callable[[Path, Files], Path]


def read(*places: Path) -> Publications:
    exports = [open_export(str(place)) for place in places]
    try:
        return put_together(exports, Monitor())
    finally:
        for export in exports:
            export.archive.close()


def facts(publications: Publications) -> dict[str, tuple[str | None, ...]]:
    return {file.place: (file.published, file.post_id, file.page, file.address) for _, file in publications.files}


def reasons(publications: Publications) -> list[str]:
    return [note.because for note in publications.notes]


@pytest.mark.parametrize("save", [save_zip, save_folder])
@pytest.mark.parametrize("name", EXPECTED)
def test_published_pictures_come_with_post_address_and_first_date(name: str, save: Save, tmp_path: Path) -> None:
    files, platform, expected = EXPECTED[name]
    place = save(tmp_path / "export.zip", files)
    export = open_export(str(place))
    export.archive.close()
    assert export.reader.layout.platform == platform
    assert facts(read(place)) == expected


def test_each_reader_says_what_its_knowledge_rests_on() -> None:
    bases = {reader.layout.platform: reader.layout.basis for reader in READERS}
    inferred = {platform for platform, basis in bases.items() if basis is LayoutBasis.INFERRED}
    assert inferred == {"DeviantArt", "ArtStation"}
    assert all(len(reader.layout.source.split()) > 5 for reader in READERS)


def test_a_picture_that_is_listed_but_missing_is_counted(tmp_path: Path) -> None:
    publications = read(save_zip(tmp_path / "a.zip", made.instagram(PICTURE)))
    (because,) = reasons(publications)
    assert because.startswith("1 picture that it lists is not in it")


def test_the_parts_of_one_export_are_read_together(tmp_path: Path) -> None:
    whole = made.instagram(PICTURE, root="")
    listed = {name: data for name, data in whole.items() if name.endswith(".json")}
    pictures = {f"part2/{name}": data for name, data in whole.items() if name not in listed}
    pictures["part2/media/posts/201905/gone.jpg"] = PICTURE
    publications = read(save_zip(tmp_path / "1.zip", listed), save_zip(tmp_path / "2.zip", pictures))
    assert facts(publications) == {
        "part2/media/posts/201905/one.jpg": (FIRST_UTC, None, None, None),
        "part2/media/posts/201905/gone.jpg": (FIRST_UTC, None, None, None),
    }
    assert not publications.notes


@pytest.mark.parametrize("name", ["twitter", "tumblr", "deviantart"])
def test_what_others_made_and_was_only_passed_on_is_left_out_and_said(name: str, tmp_path: Path) -> None:
    publications = read(save_zip(tmp_path / "a.zip", EXPECTED[name][0]))
    assert reasons(publications)[0] == "left out: 1 picture in posts of others that were only passed on or kept"


WORK = {"url": "https://www.deviantart.com/a/art/1", "src": "work.png"}


def own_pictures(tmp_path: Path, files: Files) -> set[str]:
    return set(facts(read(save_zip(tmp_path / "deviantart.zip", files))))


@pytest.mark.parametrize("word", ["favourites", "Favorites", "my_likes", "collections", "watch", "following", "notes"])
@pytest.mark.parametrize("save", [save_zip, save_folder])
def test_what_the_artist_only_likes_or_was_sent_is_not_the_artists(word: str, save: Save, tmp_path: Path) -> None:
    for number, files in enumerate(
        (
            {f"{word}/work.png": PICTURE, "deviations.json": as_json(WORK)},
            {f"{word}/gallery/work_by_other_dabcde2.png": PICTURE},
            {f"{word}.json": as_json([WORK]), "work.png": PICTURE},
            {f"{word}/1.json": as_json([WORK]), "pictures/work.png": PICTURE},
            {"data.json": as_json({word: [WORK]}), "work.png": PICTURE},
            {"data.json": as_json({"url": "https://x", word: {"all": ["work.png"]}}), "work.png": PICTURE},
        )
    ):
        publications = read(save(tmp_path / f"deviantart-{number}.zip", files))
        assert not facts(publications), files
        assert "left out: 1 picture in posts of others that were only passed on or kept" in reasons(publications)


def test_a_work_or_list_whose_title_holds_such_a_word_stays_the_artists(tmp_path: Path) -> None:
    files = {
        "gallery/notes.png": PICTURE,
        "gallery/Night Watch/a.png": PICTURE,
        "night-watch.json": as_json(WORK | {"likes": 12, "notes": "oil"}),
        "work.png": PICTURE,
    }
    assert own_pictures(tmp_path, files) == set(files) - {"night-watch.json"}


def test_a_download_by_name_is_the_artists_only_in_the_gallery_or_when_a_list_says_so(tmp_path: Path) -> None:
    name = "sea_by_somebody_dabcde2-fullview.png"
    publications = read(save_zip(tmp_path / "a.zip", {name: PICTURE}))
    assert not facts(publications)
    assert "left out: 1 picture of which neither a list nor the place says that it is yours" in reasons(publications)
    assert own_pictures(tmp_path, {f"deviations/{name}": PICTURE}) == {f"deviations/{name}"}
    assert own_pictures(tmp_path, {name: PICTURE, "all.json": as_json(WORK | {"src": name})}) == {name}


OWNERS = {
    "account": {"account.json": as_json({"account": {"username": "The-Artist", "email": "a@b.example"}})},
    "profile": {"export/profile.json": as_json([{"user_name": "x", "display_name": "the artist"}])},
    "table": {"personal_information.csv": b"username,country\r\nTheArtist,NL\r\n"},
}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize(
    ("author", "own"),
    [
        ({"author": {"username": "TheArtist"}}, True),
        ({"author": {"username": "Somebody"}}, False),
        ({"artist": "Somebody"}, False),
        ({"user": {"username": "theartist", "full_name": "Jane Doe"}}, True),
        ({"author": {"userid": "77-A"}}, True),
        ({}, True),
    ],
)
def test_an_entry_by_somebody_else_is_not_the_artists(
    owner: str, author: dict[str, object], own: bool, tmp_path: Path
) -> None:
    files = OWNERS[owner] | {"all.json": as_json({"results": [WORK | author]}), "work.png": PICTURE}
    assert own_pictures(tmp_path, files) == ({"work.png"} if own else set())


def test_the_owner_may_be_named_in_the_list_itself(tmp_path: Path) -> None:
    works = [WORK | {"author": "artist"}, WORK | {"src": "other.png", "author": "other"}]
    files = {"all.json": as_json({"user": {"username": "artist"}, "works": works})}
    assert own_pictures(tmp_path, files | {"work.png": PICTURE, "other.png": PICTURE}) == {"work.png"}


def test_without_an_owner_an_author_says_nothing(tmp_path: Path) -> None:
    files = {"all.json": as_json([WORK | {"author": "artist"}]), "work.png": PICTURE}
    assert own_pictures(tmp_path, files) == {"work.png"}


def test_an_archive_without_any_list_says_so_in_plain_words(tmp_path: Path) -> None:
    publications = read(save_zip(tmp_path / "deviantart.zip", {"gallery/a.png": PICTURE}))
    assert reasons(publications)[0].startswith("it holds no list of your deviations, so neither dates")


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("deviantart.json", "gallery/a.png"),
        ("data/tweets.js", "data/tweets_media/1-a.jpg"),
        ("content/posts_1.json", "media/posts/201905/a.jpg"),
        ("your_facebook_activity/posts/your_posts_1.json", "your_facebook_activity/posts/media/a.jpg"),
    ],
)
def test_a_list_that_mentions_no_picture_is_not_called_missing(name: str, picture: str, tmp_path: Path) -> None:
    publications = read(save_zip(tmp_path / "deviantart.zip", {name: b"[]", picture: PICTURE}))
    assert facts(publications)
    assert reasons(publications)[0].startswith("no list in it that could be read mentions a picture, so neither dates")


def test_tumblrs_list_may_be_unpacked_already(tmp_path: Path) -> None:
    packed = read(save_zip(tmp_path / "a.zip", made.tumblr(PICTURE)))
    assert facts(read(save_folder(tmp_path / "a", made.tumblr(PICTURE, packed=False)))) == facts(packed)


def test_without_a_list_the_pictures_are_known_by_their_place_and_the_rest_is_said(tmp_path: Path) -> None:
    files = {name: data for name, data in made.twitter(PICTURE).items() if not name.endswith(".js")}
    publications = read(save_zip(tmp_path / "a.zip", files))
    assert facts(publications) == {
        f"data/tweets_media/{post}-{name}": (None, post, f"{X}/{post}", f"https://pbs.twimg.com/media/{name}")
        for post, name in (("11", "OWN-a_1.jpg"), ("22", "THEIRS.jpg"))
    }
    assert "neither dates and posts are known" in reasons(publications)[0]


@pytest.mark.parametrize("missing", [{}, {"creation_timestamp": None}, {"creation_timestamp": 9e18}])
def test_a_missing_or_impossible_date_is_none(missing: dict[str, object], tmp_path: Path) -> None:
    files = {
        "content/posts_1.json": as_json([{"media": [{"uri": "media/posts/201905/a.jpg"} | missing]}]),
        "media/posts/201905/a.jpg": PICTURE,
    }
    assert facts(read(save_zip(tmp_path / "a.zip", files))) == {"media/posts/201905/a.jpg": (None, None, None, None)}


def test_the_first_of_several_publications_counts(tmp_path: Path) -> None:
    times = (made.FIRST + 9, made.FIRST, made.FIRST + 5)
    posts = [{"media": [{"uri": "media/posts/201905/a.jpg", "creation_timestamp": time}]} for time in times]
    files = {"content/posts_1.json": as_json(posts), "media/posts/201905/a.jpg": PICTURE}
    assert facts(read(save_zip(tmp_path / "a.zip", files)))["media/posts/201905/a.jpg"][0] == FIRST_UTC


def test_an_odd_entry_costs_only_itself(tmp_path: Path) -> None:
    files = made.instagram(PICTURE, root="")
    name = "your_instagram_activity/content/posts_1.json"
    files[name] = files[name].replace(b"[", b'[{"media": 7}, "words", ', 1)
    publications = read(save_zip(tmp_path / "a.zip", files))
    assert facts(publications)["media/posts/201905/one.jpg"][0] == FIRST_UTC
    assert "2 of its 3 entries are not as this program knows them" in reasons(publications)


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda _: b"", lambda _: b"\xff\xfe\x00", bytes.upper])
def test_a_damaged_list_is_one_sentence_and_the_pictures_stay(damage: Callable, tmp_path: Path) -> None:
    for name in ("instagram", "facebook", "twitter"):
        files = {
            place: damage(data) if place.endswith((".json", ".js")) else data
            for place, data in EXPECTED[name][0].items()
        }
        publications = read(save_zip(tmp_path / f"{name}.zip", files))
        assert publications.files
        assert all(len(because.split()) > 3 and "\n" not in because for because in reasons(publications))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_list_in_another_unicode_is_read(encoding: str, tmp_path: Path) -> None:
    files = made.instagram(PICTURE, root="")
    name = "your_instagram_activity/content/posts_1.json"
    files[name] = files[name].decode().encode(encoding)
    assert facts(read(save_zip(tmp_path / "a.zip", files)))["media/posts/201905/one.jpg"][0] == FIRST_UTC


def test_a_list_of_posts_that_breaks_off_counts_up_to_there(tmp_path: Path) -> None:
    files = made.tumblr(PICTURE, packed=False)
    files["posts/posts.xml"] = files["posts/posts.xml"].replace(b"</posts>", b"<")
    publications = read(save_folder(tmp_path / "a", files))
    assert facts(publications)["media/180367539_0.png"][0] == FIRST_UTC
    assert any(because.startswith("it is damaged after 2 posts") for because in reasons(publications))


def test_a_list_of_posts_that_would_swell_in_memory_is_refused(tmp_path: Path) -> None:
    files = made.tumblr(PICTURE, packed=False)
    files["posts/posts.xml"] = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><posts><post id='&b;'/></posts>"
    assert any("entities" in because for because in reasons(read(save_folder(tmp_path / "a", files))))


def test_a_damaged_archive_within_the_archive_costs_only_dates(tmp_path: Path) -> None:
    files = made.tumblr(PICTURE) | {"posts.zip": b"PK\x03\x04 no more"}
    publications = read(save_zip(tmp_path / "a.zip", files))
    assert set(facts(publications)) == {"media/180367539_0.png", "media/180367539_1.png", "media/180367540.jpg"}
    assert any("damaged or cut off" in because for because in reasons(publications))


def test_a_list_larger_than_any_account_needs_is_not_read(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "a", made.instagram(PICTURE, root=""))
    with (folder / "your_instagram_activity/content/posts_1.json").open("r+b") as stream:
        stream.truncate((256 << 20) + 1)  # a hole, which takes no room on the disk
    publications = read(folder)
    assert "it is larger than 256 MB" in reasons(publications)
    assert facts(publications) == {"media/posts/201905/one.jpg": (None, None, None, None)}


def test_a_list_of_unknown_layout_that_is_large_or_damaged_is_not_read(tmp_path: Path) -> None:
    files = {"a.json": b"{", "b.csv": b"\xff\xfe\x00", "big.json": b"", "projects/a.jpg": PICTURE}
    folder = save_folder(tmp_path / "artstation", files)
    with (folder / "big.json").open("r+b") as stream:
        stream.truncate((32 << 20) + 1)
    publications = read(folder)
    assert set(facts(publications)) == {"projects/a.jpg"}
    told = {note.path: note.because for note in publications.notes}
    assert "damaged" in told["a.json"]
    assert "not valid Unicode" in told["b.csv"]
    assert told["big.json"].startswith("it is larger than 32 MB")


def test_the_folder_that_an_archive_lies_in_does_not_tell_whose_it_is(tmp_path: Path) -> None:
    place = save_folder(tmp_path / "deviantart" / "holiday", {"beach.jpg": PICTURE})
    with pytest.raises(InputProblem, match="does not look like"):
        open_export(str(place))


def test_an_archive_of_nobody_known_is_one_sentence(tmp_path: Path) -> None:
    place = save_zip(tmp_path / "holiday.zip", {"beach.jpg": PICTURE, "notes.json": b'{"a": 1}'})
    with pytest.raises(InputProblem, match="does not look like the archive of an account on X"):
        open_export(str(place))


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=9),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(
            some.sampled_from(
                ["media", "uri", "tweet", "entities", "photos", "path", "url", "attachments", "data", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
LISTS = ("content/posts_1.json", "posts/your_posts_1.json", "data/tweets.js", "posts/posts.xml", "x/deviantart.json")


@given(some.sampled_from(LISTS), JSON.map(as_json) | some.binary(max_size=200), some.integers(0, 40))
def test_no_list_of_a_stranger_brings_a_reader_down(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes, cut: int
) -> None:
    files = {
        name: content[: len(content) - cut],
        "data/tweets_media/1-a.jpg": PICTURE,
        "media/posts/201905/a.jpg": PICTURE,
    }
    place = save_zip(tmp_path_factory.mktemp("export") / "deviantart.zip", files)
    export = open_export(str(place))
    try:
        for reader in READERS:
            for said in reader.mentions(export.archive):
                assert said
    finally:
        export.archive.close()
