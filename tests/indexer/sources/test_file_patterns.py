"""Patterns of files: counts are written out, stars stay within a folder, two stars go anywhere."""

import re

from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.file_patterns import choose, expand


def test_counts_are_written_out_with_their_digits() -> None:
    names = expand("data/part-{00000..00127}-17da-c000.snappy.parquet")
    assert names is not None
    assert len(names) == 128
    assert (names[0], names[-1]) == (
        "data/part-00000-17da-c000.snappy.parquet",
        "data/part-00127-17da-c000.snappy.parquet",
    )
    assert expand("p_{1..10}_of_10.parquet")[8:] == ("p_9_of_10.parquet", "p_10_of_10.parquet")  # type: ignore[index]
    assert expand("{0..1}/{0..2}.npy") == ("0/0.npy", "0/1.npy", "0/2.npy", "1/0.npy", "1/1.npy", "1/2.npy")
    assert expand("cc12m.tsv") == ("cc12m.tsv",)
    assert expand("*.parquet") is None


def test_stars_choose_among_what_is_there() -> None:
    there = ["b.parquet", "a.parquet", "a.npz", "x/c.parquet", "x/y/d.parquet", "README.md"]
    assert choose(["*.parquet"], there) == ["a.parquet", "b.parquet"]
    assert choose(["**.parquet"], there) == ["a.parquet", "b.parquet", "x/c.parquet", "x/y/d.parquet"]
    assert choose(["*.npz", "*.parquet"], there) == ["a.npz", "a.parquet", "b.parquet"]
    assert choose(["{0..9}/*", "*/*.parquet"], there) == ["x/c.parquet"]
    assert choose(["*.parquet", "a.*"], there) == ["a.parquet", "b.parquet", "a.npz"], "each once"
    assert choose(["none"], there) == []


@given(st.lists(st.text("ab.*+()[]/{}", min_size=1), max_size=5))
def test_other_signs_of_a_name_mean_themselves(names: list[str]) -> None:
    plain = [name for name in names if "*" not in name and not re.search(r"\{\d+\.\.\d+\}", name)]
    assert choose(plain, names) == list(dict.fromkeys(name for name in plain if name in names))
