"""What a robots.txt says: the examples of the standard, and what sites make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.net.robots import read_robots

SITE = "https://art.example"


def allows(text: str, path: str, program: str = "exhibit-a") -> bool:
    return read_robots(text, program).allow(SITE + path)


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/", True),
        ("Disallow: /", "/", False),
        ("Disallow: /", "", False),
        ("Disallow:", "/a", True),
        ("Disallow: /private", "/private/a", False),
        ("Disallow: /private", "/privateer", False),
        ("Disallow: /private/", "/private", True),
        ("Disallow: /private", "/Private", True),
        ("Allow: /\nDisallow: /private", "/private/a", False),
        ("Disallow: /\nAllow: /public", "/public/a", True),
        ("Disallow: /page\nAllow: /page", "/page", True),
        ("Disallow: /*.gif$", "/a/b.gif", False),
        ("Disallow: /*.gif$", "/a/b.gif?size=2", True),
        ("Disallow: /*?share=", "/a?b=1&share=2", True),
        ("Disallow: /*?share=", "/a?share=2", False),
        ("Disallow: /*share=", "/a?b=1&share=2", False),
        ("Disallow: /a*b*c", "/a-b-c", False),
        ("Disallow: /a*b*c", "/a-c-b", True),
        ("Disallow: /a*b$", "/aab", False),
        ("Disallow: /ab*b$", "/ab", True),
        ("Disallow: /exact$", "/exact", False),
        ("Disallow: /exact$", "/exactly", True),
        ("Disallow: *", "/a", False),
        ("Disallow: /%C3%A4", "/ä", False),
        ("Disallow: /ä", "/%c3%a4", False),
        ("Disallow: /%7Eada", "/~ada/x", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("disallow : /a # not there", "/a", False),
        ("Noindex: /a\nnonsense\n: /\nDisallow /b", "/a", True),
    ],
)
def test_the_longest_rule_that_fits_counts(rules: str, path: str, allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}", path) is allowed


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: Exhibit-A\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: exhibit-a\nAllow: /", True),
        ("User-agent: exhibit-a/1.0\nDisallow: /", False),
        ("User-agent: GPTBot\nDisallow: /", True),
        ("User-agent: GPTBot\nUser-agent: exhibit-a\nDisallow: /", False),
        ("User-agent: GPTBot\nDisallow: /x\nUser-agent: *\nDisallow: /", False),
        ("User-agent: exhibit-a\nDisallow: /x\n\nUser-agent: exhibit-a\nDisallow: /a", False),
        ("User-agent: exhibit-a\nUser-agent: *\nSitemap: /s.xml\nDisallow: /a", False),
        ("User-agent: exhibit-a\n\n\nUser-agent: *\nDisallow: /", False),
        ("Disallow: /", True),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("<html><body>User-agent: *</body></html>", True),
    ],
)
def test_a_program_keeps_to_the_rules_for_its_own_name_or_else_to_those_for_everybody(text: str, allowed: bool) -> None:
    assert allows(text, "/a") is allowed


def test_a_pattern_of_very_many_wildcards_takes_no_time() -> None:
    assert allows("User-agent: *\nDisallow: /" + "a*" * 2000 + "b", "/" + "a" * 5000)


@given(st.text(), st.text(alphabet="/ab*$?%2fF ä#"))
def test_any_text_is_an_answer(text: str, path: str) -> None:
    assert allows(text, "/" + path) in (True, False)
    assert allows(f"User-agent: *\nDisallow: {text}\nAllow: {path}", "/" + path) in (True, False)


@given(st.text(alphabet="/abc", min_size=1))
def test_a_page_that_is_named_itself_is_not_read(path: str) -> None:
    assert not allows(f"User-agent: *\nDisallow: /{path}", f"/{path}")
