"""An index of tables is built in a job process, as it is asked for by the program."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.jobs.orders import BuildTableJob
from app.jobs.supervise import JobFailed, run_job
from indexer.building.contract import Built, TableBuild
from indexer.core.wire import from_json, to_json
from indexer.fingerprints.base import Kind
from indexer.index.manifest import read_manifest
from tests.helpers.tables import as_digits, proper_codes


def test_a_job_builds_an_index_of_tables_and_tells_what_cannot_be_done(tmp_path: Path) -> None:
    pq.write_table(pa.table({"fp": as_digits(proper_codes(50, 1))}), tmp_path / "a.parquet")
    asked = TableBuild(
        (str(tmp_path / "a.parquet"),),
        tmp_path / "index",
        "Set",
        kinds=(Kind.PHASH,),
        columns={Kind.PHASH: "fp"},
        checksums={"a.parquet": "ab" * 32},
        ledger=tmp_path / "sent.jsonl",
    )
    assert from_json(to_json(BuildTableJob(asked)), BuildTableJob) == BuildTableJob(asked)
    events = list(run_job(BuildTableJob(asked), tmp_path / "job.log"))
    assert Built(rows=50, skipped=0, resumed=0) in events
    assert read_manifest(tmp_path / "index").tables[0].sha256 == "ab" * 32
    missing = TableBuild((str(tmp_path / "none.parquet"),), tmp_path / "other", "Set")
    with pytest.raises(JobFailed, match="there is no such file or folder"):
        list(run_job(BuildTableJob(missing), tmp_path / "job.log"))
