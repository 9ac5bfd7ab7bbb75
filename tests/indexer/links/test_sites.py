"""Own and client sites: what lies on them, and which would claim other people's pictures."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from indexer.links.addresses import read_address
from indexer.links.hosts import HostTable
from indexer.links.sites import account_on, read_site, why_not_site

RESOURCES = Path(__file__).parents[3] / "resources"


def lies_on(site: str, address: str) -> bool:
    read, parts = read_site(site), read_address(address)
    assert read
    assert parts
    return read.covers(parts)


@pytest.mark.parametrize(
    ("site", "address"),
    [
        ("example.org", "https://www.example.org/a.jpg"),
        ("https://www.example.org/", "http://cdn.example.org/x/y.png?z=1"),
        ("example.org/art", "https://example.org/art"),
        ("example.org/art/", "https://example.org/Art/2020/a.jpg"),
        ("example.org/my art", "https://example.org/my%20art/a.jpg"),
        ("example.org", "https://i0.wp.com/example.org/wp-content/a.jpg?ssl=1"),
        ("example.org", "https://web.archive.org/web/2015im_/http://example.org/a.jpg"),
        ("käfer.example", "https://xn--kfer-loa.example/a.jpg"),
        ("xn--kfer-loa.example", "https://KÄFER.example/a.jpg"),
        ("example.co.uk", "https://shop.example.co.uk/"),
        ("localhost:8000", "http://localhost:8000/a.jpg"),
    ],
)
def test_an_address_lies_on_a_site(site: str, address: str) -> None:
    assert lies_on(site, address)


@pytest.mark.parametrize(
    ("site", "address"),
    [
        ("example.org", "https://notexample.org/a.jpg"),
        ("example.org", "https://example.org.evil.com/a.jpg"),
        ("example.org", "https://evil.com/example.org/a.jpg"),
        ("example.org", "https://evil.com/?from=example.org"),
        ("example.org", "https://example.org@evil.com/a.jpg"),
        ("example.org/art", "https://example.org/article/a.jpg"),
        ("example.org/art", "https://example.org/art/../secret.jpg"),
        ("cdn.example.org", "https://example.org/a.jpg"),
        ("example.org:8000", "https://example.org/a.jpg"),
    ],
)
def test_an_address_elsewhere_does_not(site: str, address: str) -> None:
    assert not lies_on(site, address)


@pytest.mark.parametrize(
    "site",
    ["deviantart.com", "https://www.instagram.com/", "tumblr.com", "blogspot.com", "wordpress.com", "github.io",
     "https://github.io/", "i.pinimg.com", "live.staticflickr.com", "cdn.shopify.com/s/files", "pbs.twimg.com/media",
     "https://www.deviantart.com/tag/cats", "https://www.instagram.com/explore/tags/cats", "www.tumblr.com/tagged/cat",
     "co.uk", "com.br", "com", "uk", "sites.google.com", "s3.amazonaws.com", "amazonaws.com/luna", "i0.wp.com",
     "medium.com", "archive.org"],
)  # fmt: skip
def test_a_site_that_many_people_share_is_refused_in_one_sentence(site: str) -> None:
    because = why_not_site(site)
    assert because
    assert read_site(site) is None
    assert ". " not in because
    assert not because.endswith(".")


@pytest.mark.parametrize(
    ("site", "why"),
    [
        ("", "not the address of a site"),
        ("Luna Vale", "not the address of a site"),
        ("luna@example.org", "an address for mail"),
        ("mailto:luna@example.org", "an address for mail"),
        ("example.org/show.php?artist=7", "has a question mark"),
    ],
)
def test_what_is_no_site_is_refused_with_the_reason(site: str, why: str) -> None:
    assert why in (why_not_site(site) or "")


@pytest.mark.parametrize(
    "site",
    ["example.org", "https://luna.example/art?utm_source=mail", "luna.github.io", "sites.google.com/view/luna",
     "medium.com/@luna", "https://www.deviantart.com/luna", "luna.tumblr.com", "luna.blogspot.de", "etsy.com/shop/Luna",
     "cdn.shopify.com/s/files/1/0757/9670/9661", "https://www.pixiv.net/artworks/1234", "s3.amazonaws.com/luna-vale"],
)  # fmt: skip
def test_a_site_of_ones_own_is_taken(site: str) -> None:
    assert why_not_site(site) is None
    assert read_site(site)


def test_a_page_on_a_platform_is_the_page_of_an_account() -> None:
    site, own = read_site("https://www.flickr.com/photos/Luna/"), read_site("luna.example")
    assert site
    assert own
    reading = account_on(site)
    assert reading
    assert (reading.platform.key, reading.handle) == ("flickr", "luna")
    assert account_on(own) is None


def test_hosts_that_are_shared_are_all_plain_patterns() -> None:
    written = tomllib.loads((RESOURCES / "addresses" / "shared_hosts.toml").read_text("utf-8"))
    assert json.dumps(written).islower()
    for hosts in (written["path_needed"], written["subdomain_needed"]):
        HostTable((host, None) for host in hosts)
        assert len(hosts) == len(set(hosts))


@settings(deadline=None)
@given(some.text())
def test_any_text_is_either_a_site_or_has_a_reason(text: str) -> None:
    assert (read_site(text) is None) == (why_not_site(text) is not None)
