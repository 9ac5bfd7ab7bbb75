"""What platforms write into addresses. The examples have the forms that public code shows, with names made up."""

import json
import re
import time
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from indexer.links.addresses import Address, read_address
from indexer.links.platforms import Reading, RuleBasis, platforms

RESOURCES = Path(__file__).parents[3] / "resources"
FILES = sorted((RESOURCES / "platforms").glob("*.toml"))
CDN = "https://cdna.artstation.com/p/assets/images/images/005/804/224/large"
CARA = "https://images.cara.app/production/posts/4300ab96-497b-4632-9e24-84b00e903507"
SQUARE = "561452cbe4b0efb3f63f2137"
DA = "images-wixmp-ed30a86b8c4ca887773594c2.wixmp.com/f/e8b2192f-ec0d-4841-a611-ed511e4f434e"
BEHANCE = "https://mir-s3-cdn-cf.behance.net/project_modules/max_1200/ab12cd84253993.5d56acc35e143.jpg"


def number_of(base_36: str) -> str:
    return str(int(base_36, 36))


SAYS = [
    ("https://www.artstation.com/luna", "artstation", "luna", None),
    ("https://luna.artstation.com/projects/DVERn", "artstation", "luna", "DVERn"),
    ("https://www.artstation.com/artwork/04XA4", "artstation", None, "04XA4"),
    (f"{CDN}/luna-vale-x.jpg?1", "artstation", None, "005/804/224"),
    ("https://www.deviantart.com/Luna/art/A-title-685436408", "deviantart", "luna", "685436408"),
    ("https://luna.deviantart.com/gallery/", "deviantart", "luna", None),
    ("http://fc00.deviantart.net/fs71/f/a/a_cat_by_luna-d4fc8u1.png", "deviantart", "luna", number_of("4fc8u1")),
    ("http://th04.deviantart.net/fs70/300W/f/2009/364/4/d/A__cat_by_Luna.png", "deviantart", "luna", None),
    ("http://fc01.deviantart.net/fs71/f/2012/1/a/a/x_by_luna_dancing.jpg", "deviantart", "luna_dancing", None),
    (f"https://{DA}/df36fd1-4.jpg/v1/cat_by_luna_art_df36fd1-pre.jpg", "deviantart", "luna_art", number_of("f36fd1")),
    (f"https://{DA}/d7g9hrz-787d06f0-992d-4a65-a389-35bd2230a41b.jpg?token=e", "deviantart", None, number_of("7g9hrz")),
    ("https://www.pixiv.net/en/users/1234", "pixiv", "1234", None),
    ("https://i.pximg.net/img-original/img/2014/10/03/18/10/20/46324488_p0.png", "pixiv", None, "46324488"),
    ("http://i2.pixiv.net/img18/img/luna/14901720_m.png", "pixiv", "luna", "14901720"),
    ("http://img18.pixiv.net/img/luna/14901720.png", "pixiv", "luna", "14901720"),
    ("https://luna.tumblr.com/post/123/words", "tumblr", "luna", "123"),
    ("https://www.tumblr.com/luna/123", "tumblr", "luna", "123"),
    ("https://64.media.tumblr.com/abc/tumblr_x_1280.jpg", "tumblr", None, None),
    ("https://www.instagram.com/luna.vale/", "instagram", "luna.vale", None),
    ("https://www.instagram.com/p/AbC_1/", "instagram", None, "AbC_1"),
    ("https://scontent-a.cdninstagram.com/v/t51/123_n.jpg", "instagram", None, None),
    ("https://de.pinterest.com/luna/board/", "pinterest", "luna", None),
    ("https://i.pinimg.com/564x/aa/bb/cc/aabbcc.jpg", "pinterest", None, None),
    (f"{CARA}/luna-WwlVkfV2tx_eRrXyCsar3-post-cover-image.jpeg", "cara", "luna", None),
    ("https://x.com/Luna_V/status/12", "twitter", "luna_v", "12"),
    ("https://pbs.twimg.com/media/AbC.jpg:large", "twitter", None, None),
    ("https://www.facebook.com/luna.vale/photos/1", "facebook", "luna.vale", None),
    ("https://www.flickr.com/photos/luna/51234/", "flickr", "luna", "51234"),
    ("https://live.staticflickr.com/65535/51234_0123456789_b.jpg", "flickr", None, "51234"),
    ("https://farm5.staticflickr.com/4011/51234_0123456789.jpg", "flickr", None, "51234"),
    (BEHANCE, "behance", None, "84253993"),
    ("https://cdn.dribbble.com/users/1162077/screenshots/3848914/p.gif", "dribbble", "1162077", "3848914"),
    ("https://drscdn.500px.org/photo/130178585/m%3D2048/300d", "500px", None, "130178585"),
    ("https://d.furaffinity.net/art/luna/1358541618/1358541618.luna_promo.jpg", "furaffinity", "luna", None),
    ("https://art.ngfiles.com/images/2357000/2357939_luna_a-cat.png?f1645", "newgrounds", "luna", "2357939"),
    ("https://art.ngfiles.com/images/5586000/5586718_646127_luna_untitled.webp", "newgrounds", "luna", "5586718"),
    ("https://i.etsystatic.com/12759209/r/il/0e73eb/949617418/il_1588xN.949617418_9ekh.jpg", "etsy", "12759209", None),
    ("https://www.redbubble.com/i/mug/a-cat-by-Luna/53285167.9Q0AD", "redbubble", "luna", "53285167"),
    ("https://ih1.redbubble.net/image.1454275608.5167/flat,750x.jpg", "redbubble", None, "1454275608"),
    ("https://ctl.s6img.com/society6/img/RhI/w_700/prints/~artwork/s6/a/1/~~/tokyo-prints.jpg", "society6", None, None),
    ("https://www.inprnt.com/gallery/luna/a-cat/", "inprnt", "luna", None),
    ("https://cdn.shopify.com/s/files/1/0757/9670/9661/files/b.jpg", "shopify", "0757/9670/9661", None),
    ("https://luna.files.wordpress.com/2012/10/d.jpeg", "wordpress", "luna", None),
    ("https://luna.blogspot.co.uk/2012/", "blogspot", "luna", None),
    ("https://static.wixstatic.com/media/04f737_9493f31851e9469f97c2ae6b820f5802~mv2.jpg", "wix", "04f737", None),
    (f"https://images.squarespace-cdn.com/content/v1/{SQUARE}/1/p.jpg", "squarespace", SQUARE, None),
    ("https://carbonmade-media.accelerator.net/23935436;960x262.png", "carbonmade", None, "23935436"),
    ("https://www.reddit.com/user/luna", "reddit", "luna", None),
    ("https://i.redd.it/abcdef.jpg", "reddit", None, None),
    ("https://i.imgur.com/a0CC7b5.jpg", "imgur", None, "a0CC7b5"),
    (f"https://cdn.donmai.us/original/fd/de/__a_cat_drawn_by_luna__{'0' * 32}.png", "danbooru", "luna", None),
    (f"https://cdn.weasyl.com/~luna/submissions/2326525/{'c' * 64}/luna-a-cat.png", "weasyl", "luna", "2326525"),
    ("https://bsky.app/profile/luna.bsky.social/post/3k", "bluesky", "luna.bsky.social", "3k"),
]  # fmt: skip


def read(address: str) -> Reading | None:
    parts = read_address(address)
    assert parts
    return platforms().read(parts)


@pytest.mark.parametrize(("address", "platform", "handle", "post"), SAYS)
def test_an_address_says_whose_and_which_post_as_far_as_it_does(
    address: str, platform: str, handle: str | None, post: str | None
) -> None:
    reading = read(address)
    assert reading
    assert (reading.platform.key, reading.handle, reading.post) == (platform, handle, post)


@pytest.mark.parametrize(
    "address",
    ["https://www.deviantart.com/tag/cats", "https://www.instagram.com/explore/", "https://www.tumblr.com/tagged/cat",
     "https://www.newgrounds.com/", "https://en.wordpress.com/x", "https://cdn.artstation.com/static/x.js",
     "https://www.deviantart.com/luna/favourites/1/cats", "https://www.flickr.com/photos/luna/favorites",
     "https://example.org/luna", "https://notdeviantart.com/luna", "https://deviantart.com.evil.example/luna"],
)  # fmt: skip
def test_no_handle_is_read_where_there_is_none(address: str) -> None:
    reading = read(address)
    assert reading is None or reading.handle is None


def test_file_names_that_are_called_after_the_artist_are_told_as_that() -> None:
    first = read("https://cdna.artstation.com/p/assets/images/images/005/804/224/large/luna-vale-cat.jpg?14")
    last = read("https://images.fineartamerica.com/images/artworkimages/mediumlarge/3/a-cat-luna-vale.jpg")
    assert first
    assert last
    assert (first.begins, first.handle, last.ends, last.handle) == ("luna-vale-cat", None, "a-cat-luna-vale", None)


@pytest.mark.parametrize("place", FILES, ids=lambda place: place.stem)
def test_every_file_of_a_platform_keeps_to_the_schema_and_its_patterns_compile(place: Path) -> None:
    written = tomllib.loads(place.read_text("utf-8"))
    jsonschema.validate(written, json.loads((RESOURCES / "schemas" / "platform.schema.json").read_text("utf-8")))
    groups = {
        group for rule in (*written["page"], *written["picture"]) for group in re.compile(rule["path"]).groupindex
    }
    assert groups <= {"handle", "post", "post36", "title", "begins", "ends"}


@pytest.mark.parametrize("place", FILES, ids=lambda place: place.stem)
def test_a_platform_says_truly_whether_addresses_of_pictures_carry_a_handle(place: Path) -> None:
    """Its current addresses are meant: old ones may carry what new ones do not, which is said at the rule."""
    written = tomllib.loads(place.read_text("utf-8"))
    carries = any("<handle>" in rule["path"] or "{handle}" in "".join(rule["hosts"]) for rule in written["picture"])
    old = any("before about" in rule["source"] for rule in written["picture"] if "<handle>" in rule["path"])
    assert carries == written["handle_in_addresses"] or (carries and old)


def test_what_is_from_memory_says_so_in_words() -> None:
    assert RuleBasis.MEMORY.words == "this rule is from memory, check it"
    assert not RuleBasis.DOCUMENTED.words
    instagram = platforms().find("instagram")
    assert instagram
    assert instagram.basis is RuleBasis.MEMORY


def test_platforms_are_found_by_their_other_names_too() -> None:
    assert platforms().find("X") is platforms().find("twitter")
    assert platforms().find("nowhere") is None


HOSTS = sorted({host.replace("*", "a") for place in FILES for kind in ("page", "picture")
                for rule in tomllib.loads(place.read_text("utf-8"))[kind] for host in rule["hosts"]})  # fmt: skip


@settings(deadline=None)
@given(some.sampled_from(HOSTS), some.text(max_size=80))
def test_any_path_can_be_read_and_names_no_account_that_is_reserved(host: str, path: str) -> None:
    reading = platforms().read(Address(host.replace("{handle}", "luna"), "", "/" + path, ""))
    assert reading is None or reading.handle not in reading.platform.reserved


@pytest.mark.parametrize("piece", ["_by_a-d", "/a", "-by-x", "a", "/users/1", "_drawn_by_a__", "1_1", "-a-", "/post/1"])
def test_no_path_that_a_stranger_made_takes_long(piece: str) -> None:
    path = "/" + piece * (990 // len(piece))
    started = time.process_time()
    for host in HOSTS:
        platforms().read(Address(host.replace("{handle}", "luna"), "", path, ""))
    assert time.process_time() - started < 5
