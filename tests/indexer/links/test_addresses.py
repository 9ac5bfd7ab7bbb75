"""Addresses made comparable: one picture has many, and strangers write anything into them."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from indexer.links.addresses import normalise, read_address
from indexer.links.hosts import HostTable

RESOURCES = Path(__file__).parents[3] / "resources"

SAME = {
    "scheme, case, port, dots, encoding, tracking, fragment": [
        "example.org/b~c/pic.jpg?id=3",
        "HTTPS://WWW.Example.ORG:443/a/../b%7Ec//pic.jpg?utm_source=x&id=3&fbclid=abc#top",
        "http://example.org:80/b~c/pic.jpg?id=3&",
        "//user:secret@www.example.org./b~c/./pic.jpg?gclid=1&id=3",
    ],
    "a host in its own script": ["xn--mnchen-3ya.example/k%C3%A4fer", "https://München.example/käfer/"],
    "order of parameters": ["example.org/?a=1&b=2", "https://example.org?b=2&a=1"],
    "WordPress sizes": [
        "example.org/wp-content/pic.jpg",
        "https://example.org/wp-content/pic-300x200.jpg",
        "https://example.org/wp-content/pic-scaled.jpg?w=800",
        "https://i0.wp.com/example.org/wp-content/pic-1024x768.jpg?resize=780%2C520&ssl=1",
    ],
    "Shopify sizes": [
        "cdn.shopify.com/s/files/1/0136/8820/9494/products/p.jpg",
        "https://cdn.shopify.com/s/files/1/0136/8820/9494/products/p_1024x1024.jpg?v=15829",
        "https://cdn.shopify.com/s/files/1/0136/8820/9494/products/p_680x680_crop_center.jpg",
        "https://cdn.shopify.com/s/files/1/0136/8820/9494/products/p_grande.jpg?v=7",
    ],
    "Squarespace sizes": [
        "images.squarespace-cdn.com/content/v1/561452cbe4b0efb3f63f2137/1-A/p.jpg",
        "https://images.squarespace-cdn.com/content/v1/561452cbe4b0efb3f63f2137/1-A/p.jpg?format=1500w",
    ],
    "Wix sizes": [
        "static.wixstatic.com/media/04f737_9493f31851e9469f97c2ae6b820f5802~mv2.jpg",
        "https://static.wixstatic.com/media/04f737_9493f31851e9469f97c2ae6b820f5802~mv2.jpg/v1/fill/w_1719,h_341/x.jpg",
    ],
    "Tumblr sizes": [
        "64.media.tumblr.com/abc/tumblr_p1.jpg",
        "https://64.media.tumblr.com/abc/tumblr_p1_1280.jpg",
        "https://64.media.tumblr.com/abc/s640x960/tumblr_p1.jpg",
    ],
    "Flickr sizes": [
        "live.staticflickr.com/65535/51234_0123456789.jpg",
        "https://live.staticflickr.com/65535/51234_0123456789_b.jpg",
    ],
    "X sizes": [
        "pbs.twimg.com/media/AbC",
        "https://pbs.twimg.com/media/AbC?format=jpg&name=orig",
        "https://pbs.twimg.com/media/AbC.jpg:large",
    ],
    "Pinterest sizes": ["i.pinimg.com/a/b/c.jpg", "https://i.pinimg.com/564x/a/b/c.jpg"],
    "Blogger sizes": [
        "1.bp.blogspot.com/-x/T/A/p.jpg",
        "http://1.bp.blogspot.com/-x/T/A/s1600/p.jpg",
        "http://1.bp.blogspot.com/-x/T/A/w640-h480/p.jpg",
    ],
    "what passes on other people's pictures": [
        "luna.example/a.jpg",
        "https://images.weserv.nl/?url=luna.example/a.jpg&w=300",
        "https://external-content.duckduckgo.com/iu/?u=https%3A%2F%2Fluna.example%2Fa.jpg&f=1",
        "https://web.archive.org/web/20150101000000im_/http://luna.example/a.jpg",
        "https://i0.wp.com/images.weserv.nl/x?url=luna.example/a.jpg",
    ],
}

DIFFERENT = [
    ("https://example.org/a.jpg", "https://example.com/a.jpg"),
    ("https://example.org/a.jpg", "https://example.org/A.jpg"),
    ("https://example.org/photo_2019.jpg", "https://example.org/photo_2020.jpg"),
    ("https://example.org/?q=cats", "https://example.org/?q=dogs"),
    ("https://example.org/page?id=1", "https://example.org/page?id=2"),
    ("https://example.org:8080/a", "https://example.org/a"),
    ("https://i0.wp.com/latte.jpg", "https://latte.jpg/"),
]


@pytest.mark.parametrize("addresses", SAME.values(), ids=SAME)
def test_addresses_of_one_picture_are_told_to_be_the_same(addresses: list[str]) -> None:
    first, *others = addresses
    assert [normalise(other) for other in others] == [first] * len(others)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    "text", ["", "   ", "no address at all", "data:image/png;base64,iVBOR//", "https://", "///", "a b.c"]
)
def test_text_that_is_no_address_comes_back_as_it_is(text: str) -> None:
    assert read_address(text) is None
    assert normalise(text) == text.strip()


def test_bytes_of_an_old_encoding_are_not_mixed_up() -> None:
    assert normalise("http://example.jp/%8E%9B.jpg") != normalise("http://example.jp/%8E%9C.jpg")


PIECES = some.one_of(
    some.sampled_from(["http://", "www.", "example.org", "i0.wp.com/", "images.weserv.nl", "web.archive.org/web/2/"]),
    some.sampled_from(
        ["pbs.twimg.com", "i.pinimg.com/564x", "-300x200", ".jpg", ":large", "utm_x=1", "url=", "u=", "::1"]
    ),
    some.sampled_from(["//", "..", "%2F", "%25", "%C3%A4", "xn--"]),
    some.sampled_from([*"/?#&%:@.=+[]\\ äaﬀİ", "\ud800"]),
)


@settings(deadline=None)
@given(some.one_of(some.text(), some.lists(PIECES, max_size=12).map("".join)))
@example("%")
@example("http://i0.wp.com/i0.wp.com/i0.wp.com/a.b//c")
@example("http://[::1]:80/")
def test_any_text_can_be_normalised_and_again_gives_the_same(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_the_rules_keep_to_their_schema_and_find_the_hosts_that_they_name() -> None:
    rules = tomllib.loads((RESOURCES / "addresses" / "rules.toml").read_text("utf-8"))
    jsonschema.validate(rules, json.loads((RESOURCES / "schemas" / "address_rules.schema.json").read_text("utf-8")))
    for rule in (*rules["proxy"], *rules["size"]):
        table = HostTable((host, None) for host in rule.get("hosts", ()))
        for host in rule.get("hosts", ()):
            assert list(table.find(host.replace("**.", "a.b.").replace("*", "a").replace("{handle}", "luna"))), host
        assert re.compile(rule.get("path", "")).pattern == rule.get("path", "")


def test_a_pattern_of_hosts_fits_what_it_says_and_nothing_else() -> None:
    table = HostTable([("fc*.deviantart.net", 1), ("**.example.org", 2), ("{handle}.tumblr.com", 3)])
    assert [kept for _, kept in table.find("fc00.deviantart.net")] == [1]
    assert [kept for host in ("example.org", "a.b.example.org") for _, kept in table.find(host)] == [2, 2]
    assert [found["handle"] for found, _ in table.find("luna.tumblr.com")] == ["luna"]
    for other in ("deviantart.net", "fc.x.deviantart.net", "notexample.org", "a.b.tumblr.com", "tumblr.com", ""):
        assert not list(table.find(other))
    with pytest.raises(ValueError, match="does not end"):
        HostTable([("fc.*.net", 1)])
