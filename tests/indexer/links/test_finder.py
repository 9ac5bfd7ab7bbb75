"""Which rows speak of the artist: by a site, an account, a handle or a name, and how sure that is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from indexer.core.types import Basis, Lane
from indexer.links.contract import Hit, Person
from indexer.links.finder import Finder

WIX = "https://images-wixmp-ed30a86b8c4ca887773594c2.wixmp.com/f/aa/df36fd1-42.jpg/v1/fill/w_8"
OF_LUNA = f"{WIX}/cat_by_luna_art_df36fd1-fullview.jpg?token=1"
ON_ARTSTATION = "https://cdna.artstation.com/p/assets/images/images/008/571/854/large/luna-vale-cat.jpg?15"

PERSON = Person(
    names=("Luna Vale", "deviantart:luna-art", "wlop", "月野うさぎ", "shopify:0757/9670/9661", "José"),
    sites=("https://www.vale.example/art", "https://www.flickr.com/photos/luna", "moon.tumblr.com", "käfer.example"),
)
FINDER = Finder(PERSON)


def found(address: str) -> tuple[Lane, Basis, str, bool] | None:
    hit = FINDER.in_address(address)
    return (hit.lane, hit.basis, hit.asked, hit.is_own) if hit else None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://cdn.vale.example/Art/x.jpg", (Lane.LOCATION, Basis.ADDRESS, PERSON.sites[0], True)),
        ("https://i0.wp.com/vale.example/art/x.jpg?w=3", (Lane.LOCATION, Basis.ADDRESS, PERSON.sites[0], True)),
        ("https://www.flickr.com/photos/Luna/123", (Lane.LOCATION, Basis.ADDRESS, PERSON.sites[1], True)),
        ("https://moon.tumblr.com/post/1", (Lane.LOCATION, Basis.ADDRESS, PERSON.sites[2], True)),
        ("https://www.tumblr.com/moon/1", (Lane.LOCATION, Basis.ADDRESS, PERSON.sites[2], True)),
        ("https://xn--kfer-loa.example/a.jpg", (Lane.LOCATION, Basis.ADDRESS, PERSON.sites[3], True)),
        ("https://k%C3%A4fer.example/a.jpg", (Lane.LOCATION, Basis.ADDRESS, PERSON.sites[3], True)),
        (OF_LUNA, (Lane.ATTRIBUTION, Basis.ACCOUNT, "deviantart:luna-art", True)),
        (
            "https://cdn.shopify.com/s/files/1/0757/9670/9661/files/b.jpg",
            (Lane.ATTRIBUTION, Basis.ACCOUNT, "shopify:0757/9670/9661", True),
        ),
        ("https://www.instagram.com/WLOP/", (Lane.ATTRIBUTION, Basis.ACCOUNT, "wlop", False)),
        (ON_ARTSTATION, (Lane.ATTRIBUTION, Basis.NAME, "Luna Vale", False)),
    ],
)
def test_an_address_is_found(address: str, expected: tuple[Lane, Basis, str, bool]) -> None:
    assert found(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://vale.example/article/x.jpg",
        "https://notvale.example/art/x.jpg",
        "https://vale.example.evil.com/art/x.jpg",
        "https://www.instagram.com/wlop2/",
        "https://www.instagram.com/luna-art",
        "https://elsewhere.example/wlop/x.jpg",
        "https://www.flickr.com/photos/lunar/123",
        f"{WIX}/cat_by_luna_df36fd1-fullview.jpg",
        "https://cdna.artstation.com/p/assets/images/images/008/571/854/large/a-luna-vale-cat.jpg",
        "https://cdn.shopify.com/s/files/1/0757/9670/9662/files/b.jpg",
        "luna, not an address",
        "",
    ],
)
def test_an_address_of_somebody_else_is_not(address: str) -> None:
    assert found(address) is None


def test_a_handle_without_its_platform_is_nobodys_and_the_reason_says_what_to_write() -> None:
    hit = Finder(Person(names=("luna",))).in_address("https://www.deviantart.com/luna/art/A-cat-1234")
    assert hit
    assert not hit.is_own
    assert hit.reason == (
        "an account called luna on DeviantArt is in this address; whether it is yours, this program cannot know – "
        "write deviantart:luna if it is"
    )


def test_a_rule_from_memory_says_so() -> None:
    hit = Finder(Person(names=("etsy:lunavale",))).in_address("https://www.etsy.com/shop/LunaVale")
    assert hit
    assert hit.is_own
    assert "from memory, check it" in hit.reason


def test_a_name_in_a_text_is_never_called_the_artists() -> None:
    hit = FINDER.in_text("castle in the style of Luna Vale, oil on canvas")
    assert hit
    assert (hit.lane, hit.basis, hit.asked, hit.is_own) == (Lane.ATTRIBUTION, Basis.NAME, "Luna Vale", False)
    assert "“castle in the style of Luna Vale, oil on canvas”" in hit.reason
    assert "somebody else" in hit.reason


def test_a_script_without_spaces_is_told_with_the_name() -> None:
    hit = FINDER.in_text("これは月野うさぎの絵です")
    assert hit
    assert "part of a longer word" in hit.reason


@pytest.mark.parametrize(
    ("platform", "account", "own"),
    [
        ("deviantart", "Luna-Art", True),
        ("flickr", "luna", True),
        ("flickr", "LUNA", True),
        ("reddit", "u/wlop", False),
        ("danbooru", "someone wlop", False),
        ("danbooru", "luna_vale_(artist)", False),
        ("flickr", "Luna+Vale", False),
        ("", "luna-art", False),
        ("", "wlop", False),
    ],
)
def test_a_column_of_accounts_is_matched_whole(platform: str, account: str, own: bool) -> None:
    hit = FINDER.in_account(platform, account)
    assert hit
    assert (hit.lane, hit.basis, hit.is_own) == (Lane.ATTRIBUTION, Basis.ACCOUNT, own)


@pytest.mark.parametrize(
    ("platform", "account"),
    [("deviantart", "luna"), ("flickr", "lunar"), ("danbooru", "wlop2 luna_valeria"), ("", ""), ("reddit", "luna-art")],
)
def test_another_account_is_not(platform: str, account: str) -> None:
    assert FINDER.in_account(platform, account) is None


def test_own_is_stronger_than_a_namesake_in_a_list_of_tags() -> None:
    hit = Finder(Person(names=("wlop", "danbooru:luna"))).in_account("danbooru", "wlop luna")
    assert hit
    assert hit.is_own


def test_why_nothing_can_be_found_is_said_lane_by_lane() -> None:
    nobody = Finder(Person())
    assert nobody.why_nothing(Lane.LOCATION) == "no site of yours was named"
    assert nobody.why_nothing(Lane.ATTRIBUTION) == "no name or handle of yours was given"
    assert not nobody.address_needles
    assert not nobody.text_needles
    everybody = Finder(Person(names=("Lu",), sites=("deviantart.com",)))
    assert "shared by everybody on DeviantArt" in (everybody.why_nothing(Lane.LOCATION) or "")
    assert "fewer than 3 letters" in (everybody.why_nothing(Lane.ATTRIBUTION) or "")
    assert everybody.in_address("https://www.deviantart.com/somebody/art/x-1") is None
    for lane in (Lane.LOCATION, Lane.ATTRIBUTION):
        assert FINDER.why_nothing(lane) is None


def test_a_site_that_names_an_account_is_enough_for_columns_of_accounts() -> None:
    assert Finder(Person(sites=("https://www.flickr.com/photos/luna",))).why_nothing(Lane.ATTRIBUTION) is None


def test_handles_that_addresses_of_pictures_do_not_carry_are_told() -> None:
    (sentence,) = Finder(Person(names=("instagram:luna",))).unfindable(Lane.ATTRIBUTION)
    assert sentence == (
        "your handle luna cannot be found in this set’s addresses where those are of pictures, since addresses of "
        "pictures on Instagram carry no handle (this rule is from memory, check it)"
    )
    (number,) = Finder(Person(names=("etsy:lunavale",))).unfindable(Lane.ATTRIBUTION)
    assert "the number of the shop, not its name" in number
    assert not Finder(Person(sites=("https://i.etsystatic.com/12759209",))).unfindable(Lane.LOCATION)
    assert not Finder(Person(names=("deviantart:luna",))).unfindable(Lane.ATTRIBUTION)


def test_what_the_only_hosts_of_a_set_cannot_show_is_told() -> None:
    finder = Finder(Person(names=("luna",), sites=("vale.example",)))
    on_flickr = ["live.staticflickr.com"]
    assert finder.unfindable(Lane.LOCATION, on_flickr) == ("this set lists no addresses on vale.example",)
    assert "your handle cannot be found in this set’s addresses" in finder.unfindable(Lane.ATTRIBUTION, on_flickr)[0]
    assert not finder.unfindable(Lane.ATTRIBUTION, ["www.deviantart.com", "cdn.weasyl.com"])
    assert not finder.unfindable(Lane.LOCATION)


def test_every_reason_is_one_sentence() -> None:
    hits = [FINDER.in_address(OF_LUNA), FINDER.in_address(ON_ARTSTATION), FINDER.in_text("by wlop")]
    for hit in hits:
        assert hit
        assert hit.reason
        assert not hit.reason.endswith(".")
        assert "\n" not in hit.reason


HANDLES = some.from_regex(r"[a-z][a-z0-9]{0,6}([-_][a-z0-9]{1,6}){0,2}", fullmatch=True)
FORMS = some.sampled_from(
    [
        "https://www.deviantart.com/{}/art/x-1",
        "https://{}.deviantart.com/",
        WIX + "/cat_by_{}_df36fd1-fullview.jpg",
        "https://d.furaffinity.net/art/{}/1/1.x.png",
        "https://www.instagram.com/{}",
        "https://{}.example/x.jpg",
        "https://vale.example/{}/x.jpg",
        "https://cdna.artstation.com/p/assets/images/images/008/571/854/large/{}-cat.jpg",
        "{}",
    ]
)


@settings(deadline=None)
@given(HANDLES, FORMS, some.sampled_from(["{}", "deviantart:{}", "furaffinity:{}", "@{}"]), some.booleans())
def test_every_hit_holds_a_needle(handle: str, form: str, written: str, spelled_otherwise: bool) -> None:
    person = Person((written.format(handle),), (f"{handle}.example", f"vale.example/{handle}", f"{handle}.tumblr.com"))
    finder = Finder(person)
    other = handle.replace("-", "_").upper() if spelled_otherwise else handle
    for text, needles, hit in (
        (other, finder.address_needles, finder.in_account("danbooru", other)),
        (form.format(other), finder.address_needles, finder.in_address(form.format(other))),
        (f"by {other}.", finder.text_needles, finder.in_text(f"by {other}.")),
    ):
        assert hit is None or any(needle in text.lower() for needle in needles)


@settings(deadline=None)
@given(some.text(), some.text(), some.text())
def test_any_person_and_any_row_can_be_asked(name: str, site: str, row: str) -> None:
    finder = Finder(Person((name,), (site,)))
    hits: list[Hit | None] = [finder.in_address(row), finder.in_text(row), finder.in_account("danbooru", row)]
    for lane in (Lane.LOCATION, Lane.ATTRIBUTION):
        finder.unfindable(lane, ["example.org"])
        if finder.why_nothing(lane):
            assert all(hit is None or hit.lane is not lane for hit in hits)
