"""The address of a lookup service, as people write it."""

import pytest

from indexer.core.errors import InputProblem
from indexer.sources.knn_address import KnnAddress, parse_address


def why_not(written: str) -> str:
    with pytest.raises(InputProblem) as caught:
        parse_address(written)
    assert caught.value.path == written
    return caught.value.because


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("https://knn.example.org", "https://knn.example.org"),
        ("https://knn.example.org/", "https://knn.example.org"),
        ("https://knn.example.org/knn-service", "https://knn.example.org"),
        ("https://knn.example.org/knn-service/", "https://knn.example.org"),
        ("http://127.0.0.1:1234/laion/knn-service#index=x", "http://127.0.0.1:1234/laion"),
        ("http://[::1]:1234/a/b/", "http://[::1]:1234/a/b"),
        (" HTTPS://knn.example.org ", "HTTPS://knn.example.org"),
    ],
)
def test_the_end_of_the_address_may_be_there_or_not(written: str, base: str) -> None:
    assert parse_address(written).base == base


def test_what_the_service_does_not_say_stands_after_the_hash_sign() -> None:
    address = parse_address(
        "https://knn.example.org#index=laion5B+L%20v1.0&model=ViT-L-14-quickgelu,openai&dimension=768"
    )
    assert address == KnnAddress("https://knn.example.org", "laion5B+L v1.0", "ViT-L-14-quickgelu,openai", 768)
    assert address.place == "knn.example.org"


@pytest.mark.parametrize("said", ["modle=x", "index", "index=", "index=a&b", "=x", "index=a;model=b,c&x=1"])
def test_what_is_not_understood_is_told(said: str) -> None:
    because = why_not(f"https://knn.example.org#{said}")
    assert because.startswith("after # it says “")
    assert because.endswith("”; what may stand there is #index=NAME&model=MODEL,TAG&dimension=NUMBER, or a part of it")


@pytest.mark.parametrize("said", ["0", "-5", "5.5", "many", "99999", "²"])
def test_a_dimension_is_a_number(said: str) -> None:
    assert why_not(f"https://knn.example.org#dimension={said}") == (
        "the number of numbers in a vector is between 1 and 16,384"
    )


@pytest.mark.parametrize(
    "written", ["knn.example.org", "ftp://knn.example.org", "https://", "https://[::1", "", "#index=x"]
)
def test_what_is_no_address(written: str) -> None:
    assert why_not(written) == "it is not a complete web address"


def test_a_question_mark() -> None:
    assert why_not("https://knn.example.org/?index=x") == (
        "the address of a lookup service has no question mark; its options stand after #"
    )
