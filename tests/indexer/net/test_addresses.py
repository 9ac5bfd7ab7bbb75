"""Which addresses may be contacted, whatever form they are written in."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.errors import InputProblem
from indexer.net.addresses import AddressRule, is_public, is_this_computer
from tests.indexer.net.conftest import PUBLIC, Internet

PUBLIC_ONES = (PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808")

REFUSED = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.5",
    "::ffff:8.8.8.8",
    "::8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:5",
    "64:ff9b:1::a00:5",
    "2002:7f00:1::",
    "2002:a00:5::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffa",
    "2001:db8::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
)


@pytest.mark.parametrize("address", PUBLIC_ONES)
def test_public_addresses_may_be_contacted(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", REFUSED)
def test_everything_else_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    assert AddressRule().why_address_refused(ip_address(address))


@pytest.mark.parametrize("address", [*PUBLIC_ONES, *REFUSED])
def test_all_may_be_contacted_when_private_hosts_are_allowed(address: str) -> None:
    assert AddressRule(allow_private_hosts=True).why_address_refused(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_no_wrapping_in_ipv6_makes_a_private_address_public(inner: IPv4Address) -> None:
    for prefix in ("::ffff:0:0/96", "::/96", "64:ff9b::/96"):
        wrapped = IPv6Address(int(IPv6Network(prefix).network_address) | int(inner))
        assert is_public(wrapped) <= is_public(inner)
    assert not is_public(IPv6Address((0x2002 << 112) | (int(inner) << 80)))


@given(st.ip_addresses(v=4))
def test_a_public_ipv4_address_is_globally_routable(address: IPv4Address) -> None:
    assert is_public(address) <= address.is_global


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "this computer (127.0.0.1)"),
        ("0.0.0.0", "this computer (0.0.0.0)"),
        ("10.0.0.5", "a private network (10.0.0.5)"),
        ("224.0.0.1", "a reserved address (224.0.0.1)"),
        ("::1", "this computer (::1)"),
        ("fd00::1", "a private network (fd00::1)"),
    ],
)
def test_the_reason_says_where_the_address_leads(address: str, words: str) -> None:
    because = AddressRule().why_address_refused(ip_address(address))
    assert because == f"the address leads to {words}, which is not fetched from unless allowed"


def test_a_mapped_address_is_named_for_what_it_means() -> None:
    because = AddressRule().why_address_refused(ip_address("::ffff:127.0.0.1"))
    assert because == AddressRule().why_address_refused(ip_address("127.0.0.1"))


@pytest.mark.parametrize("host", ["localhost", "LocalHost.", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_computer_is_told_without_asking(host: str) -> None:
    assert is_this_computer(host)


@pytest.mark.parametrize("host", ["localhost.example", "example", "10.0.0.5", "127.0.0.1.example", "0x7f.1", ""])
def test_other_hosts_are_not_this_computer(host: str) -> None:
    assert not is_this_computer(host)


def test_offline_nothing_but_this_computer_may_be_looked_up() -> None:
    rule = AddressRule(allow_private_hosts=True, offline=True)
    assert rule.why_host_refused("localhost") is None
    assert rule.why_host_refused("art.example") == "offline is switched on"
    assert rule.why_host_refused("10.0.0.5") == "offline is switched on"
    assert AddressRule(offline=True).why_host_refused("localhost") == "offline is switched on"


def test_offline_a_localhost_that_is_elsewhere_is_refused(internet: Internet) -> None:
    internet.names["localhost"] = [["10.0.0.5"]]
    with pytest.raises(InputProblem, match="offline is switched on"):
        AddressRule(allow_private_hosts=True, offline=True).find_places("localhost", 80)


def test_one_refused_address_refuses_the_host(internet: Internet) -> None:
    internet.names["art.example"] = [[PUBLIC, "10.0.0.5"]]
    with pytest.raises(InputProblem, match=r"a private network \(10\.0\.0\.5\)"):
        AddressRule().find_places("art.example", 80)


def test_the_places_are_the_judged_addresses(internet: Internet) -> None:
    internet.names["art.example"] = [[PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]]
    places = AddressRule().find_places("art.example", 443)
    assert [place.address for place in places] == internet.names["art.example"][0]
    assert places[0].sockaddr == (PUBLIC, 443)


def test_a_name_that_nobody_knows_is_one_sentence(internet: Internet) -> None:
    with pytest.raises(InputProblem) as caught:
        AddressRule().find_places("nobody.example", 80)
    assert caught.value.because == "the name nobody.example could not be looked up"


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
def test_a_name_that_cannot_be_one_is_the_same(host: str) -> None:
    with pytest.raises(InputProblem) as caught:
        AddressRule().find_places(host, 80)
    assert isinstance(caught.value.__cause__, UnicodeError)  # so nobody was asked
    assert caught.value.because == f"the name {host} could not be looked up"
