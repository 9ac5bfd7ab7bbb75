"""Access tokens live in the system's keyring, and where there is none, nothing is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as DisabledKeyring

from indexer.core.errors import InputProblem
from indexer.net.tokens import NO_KEYRING, SERVICE, forget_token, has_keyring, read_token, store_token
from tests.helpers.keyrings import LockedKeyring, MemoryKeyring, OpenFileKeyring, in_use

HOST, TOKEN = "huggingface.co", "hf_ABCdef123"


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    made = MemoryKeyring()
    with in_use(made):
        yield made


def test_a_token_is_kept_for_its_host_alone(ring: MemoryKeyring) -> None:
    store_token("HuggingFace.co", f" {TOKEN}\n")
    assert read_token(HOST) == TOKEN
    assert read_token("example.org") is None
    assert ring.kept == {(SERVICE, HOST): TOKEN}


def test_a_newer_token_takes_the_place_of_the_old_one(ring: MemoryKeyring) -> None:
    store_token(HOST, "old")
    store_token(HOST, TOKEN)
    assert read_token(HOST) == TOKEN
    assert len(ring.kept) == 1


def test_a_token_can_be_forgotten_once(ring: MemoryKeyring) -> None:
    store_token(HOST, TOKEN)
    assert forget_token(HOST)
    assert not forget_token(HOST)
    assert ring.kept == {}


def test_nothing_is_written_to_a_file(ring: MemoryKeyring, own_home: Path) -> None:
    store_token(HOST, TOKEN)
    assert read_token(HOST) == TOKEN
    assert list(own_home.rglob("*")) == []


@pytest.mark.parametrize("words", ["", "  ", "two words", "tok\x00en", "töken", "a\nb"])
@pytest.mark.usefixtures("ring")
def test_what_is_no_token_is_refused_and_not_repeated(words: str) -> None:
    with pytest.raises(InputProblem, match="is no access token") as caught:
        store_token(HOST, words)
    assert not words.strip() or words not in str(caught.value)


@pytest.mark.parametrize("without", [NoKeyring(), DisabledKeyring(), OpenFileKeyring()], ids=["no", "off", "open file"])
def test_without_a_safe_keyring_nothing_is_kept_and_it_is_said(without: KeyringBackend) -> None:
    with in_use(without):
        assert not has_keyring()
        assert read_token(HOST) is None
        assert not forget_token(HOST)
        with pytest.raises(InputProblem) as caught:
            store_token(HOST, TOKEN)
    assert caught.value.because == NO_KEYRING
    assert TOKEN not in str(caught.value)


def test_a_keyring_that_stays_locked_gives_no_token() -> None:
    with in_use(LockedKeyring()):
        assert has_keyring()
        assert read_token(HOST) is None
        with pytest.raises(InputProblem, match="did not take the access token") as caught:
            store_token(HOST, TOKEN)
    assert TOKEN not in str(caught.value)
