"""Small tables in the exact layout of published data sets (`datasets.md` §2), to be filled with rows of a test's own.

Each `Published` knows how its set lays a row out: `write(folder, entries)` makes the files, a row for each entry, in
the columns, types, order and compression of the real ones. What is not known of a set is not made up: such columns
are left out, and `note` says so.
"""

import csv
import gzip
import hashlib
import io
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture as a crawler met it.

    Attributes:
        url: of the picture.
        page: that showed it.
        text: beside it.
        account: of the artist where it was published.
        data: the file.
        phash: 16 hex digits.
        number: unique.
    """

    url: str
    text: str = "a picture"
    page: str = "https://page.example.com/post"
    account: str = "somebody"
    width: int = 640
    height: int = 480
    data: bytes = b"some file"
    phash: str = "c7b0d0685fe58b23"
    pixel_hash: str = "0" * 32
    number: int = 1

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def md5(self) -> str:
        return hashlib.md5(self.data).hexdigest()  # what the sets use


@dataclass(frozen=True, slots=True)
class Published:
    """A set's layout.

    Attributes:
        name: of the set.
        write: makes the set's files in a folder; gives the place to open.
        note: what of the layout is inferred or unverified.
    """

    name: str
    write: Callable[[Path, Sequence[Entry]], Path]
    note: str = ""


def parquet(file: str, schema: pa.Schema, row: Callable[[Entry], Row]) -> Callable[[Path, Sequence[Entry]], Path]:
    """Two files of snappy parquet where there are two entries or more, the second with the last entry."""

    def write(folder: Path, entries: Sequence[Entry]) -> Path:
        parts = [entries[:-1], entries[-1:]] if len(entries) > 1 else [entries]
        for number, part in enumerate(parts):
            place = folder / file.format(number)
            place.parent.mkdir(parents=True, exist_ok=True)
            rows = [{name: row(entry).get(name) for name in schema.names} for entry in part]
            pq.write_table(pa.Table.from_pylist(rows, schema), place, compression="snappy")
        return folder

    return write


def schema(**columns: Any) -> pa.Schema:
    return pa.schema(list(columns.items()))


def text_hash(entry: Entry) -> int:
    """Stands for LAION's `hash`: 64 bits of address and text, with a sign. The real one is MurmurHash3 (§2.2)."""
    return int.from_bytes(hashlib.sha256((entry.url + entry.text).encode()).digest()[:8], "big", signed=True)


def laion(entry: Entry) -> Row:
    return {
        "SAMPLE_ID": entry.number,
        "URL": entry.url,
        "TEXT": entry.text,
        "WIDTH": entry.width,
        "HEIGHT": entry.height,
        "LICENSE": "?",
        "NSFW": "UNLIKELY",
        "LANGUAGE": "en",
        "similarity": 0.31,
        "hash": text_hash(entry),
        "pwatermark": 0.1,
        "punsafe": 0.001,
        "aesthetic": 6.2,
        "top_caption": "a drawing of something",
        "all_captions": ["a drawing of something", "a sketch"],
        "all_similarities": [0.3, 0.2],
        "md5": entry.md5,
    }


def laion_swapped(entry: Entry) -> Row:
    """The first release: each in the other's place (§2.2)."""
    return laion(entry) | {"WIDTH": entry.height, "HEIGHT": entry.width}


_STRING, _INT32, _INT64 = pa.string(), pa.int32(), pa.int64()
_F32, _F64 = pa.float32(), pa.float64()
_PART = "part-0000{}-339dc23d-0869-4dc0-9390-b4036fcc80c2-c000.snappy.parquet"

LAION_400M = Published(
    "LAION-400M",
    parquet(
        _PART,
        schema(
            SAMPLE_ID=_INT64, URL=_STRING, TEXT=_STRING, HEIGHT=_INT32, WIDTH=_INT32, LICENSE=_STRING, NSFW=_STRING,
            similarity=_F64,
        ),
        laion,
    ),
)  # fmt: skip
LAION_5B_FIRST = Published(
    "LAION-5B, first release",
    parquet(
        _PART,
        schema(
            SAMPLE_ID=_INT64, URL=_STRING, TEXT=_STRING, HEIGHT=_INT32, WIDTH=_INT32, LICENSE=_STRING, NSFW=_STRING,
            similarity=_F64, LANGUAGE=_STRING,
        ),
        laion_swapped,
    ),
)  # fmt: skip
_JOINED = {
    "URL": _STRING, "TEXT": _STRING, "WIDTH": _INT32, "HEIGHT": _INT32, "similarity": _F64, "hash": _INT64,
    "pwatermark": _F32, "punsafe": _F32,
}  # fmt: skip
LAION_JOINED = Published("LAION-5B, joined", parquet(_PART, schema(**_JOINED), laion))
LAION_MD5 = Published("LAION-5B with MD5", parquet(_PART, schema(**_JOINED, md5=_STRING), laion))
RELAION = Published(
    "Re-LAION-5B",
    parquet(
        _PART,
        schema(
            URL=_STRING, TEXT=_STRING, WIDTH=_INT32, HEIGHT=_INT32, similarity=_F64, hash=_INT64, punsafe=_F32,
            pwatermark=_F32, LANGUAGE=_STRING,
        ),
        laion,
    ),
    note="as a third-party schema test lists the columns; an md5 column is unverified",
)  # fmt: skip
LAION_AESTHETIC = Published("LAION-Aesthetics", parquet(_PART, schema(**_JOINED, aesthetic=_F32), laion))
LAION_COCO = Published(
    "laion-coco",
    parquet(
        _PART,
        schema(
            URL=_STRING, TEXT=_STRING, top_caption=_STRING, all_captions=pa.list_(_STRING),
            all_similarities=pa.list_(_F32), WIDTH=_INT32, HEIGHT=_INT32, similarity=_F64, hash=_INT64,
            pwatermark=_F32, punsafe=_F32,
        ),
        laion,
    ),
)  # fmt: skip


def coyo(entry: Entry) -> Row:
    return {
        "id": entry.number,
        "url": entry.url,
        "text": entry.text,
        "width": entry.width,
        "height": entry.height,
        "image_phash": entry.phash,
        "imagehash": entry.phash,
        "labels": [3, 7],
        "label_probs": [0.5, 0.2],
        "text_length": len(entry.text),
        "word_count": len(entry.text.split()),
        "num_tokens_bert": 9,
        "num_tokens_gpt": 9,
        "num_faces": 0,
        "clip_similarity_vitb32": 0.3,
        "clip_similarity_vitl14": 0.3,
        "nsfw_score_opennsfw2": 0.0,
        "nsfw_score_gantman": 0.0,
        "watermark_score": 0.1,
        "aesthetic_score_laion_v2": 5.0,
    }


_COYO_PART = "data/part-0000{}-17da4908-939c-46e5-91d0-15f256041956-c000.snappy.parquet"
COYO = Published(
    "COYO-700M",
    parquet(
        _COYO_PART,
        schema(
            id=_INT64, url=_STRING, text=_STRING, width=_INT32, height=_INT32, image_phash=_STRING, text_length=_INT32,
            word_count=_INT32, num_tokens_bert=_INT32, num_tokens_gpt=_INT32, num_faces=_INT32,
            clip_similarity_vitb32=_F32, clip_similarity_vitl14=_F32, nsfw_score_opennsfw2=_F32,
            nsfw_score_gantman=_F32, watermark_score=_F32, aesthetic_score_laion_v2=_F32,
        ),
        coyo,
    ),
)  # fmt: skip
COYO_LABELED = Published(
    "COYO-Labeled-300M",
    parquet(
        _COYO_PART,
        schema(
            id=_INT64, url=_STRING, imagehash=_STRING, labels=pa.list_(_INT64), label_probs=pa.list_(_F64),
            width=_INT32, height=_INT32,
        ),
        coyo,
    ),
)  # fmt: skip


def uid_of(entry: Entry) -> str:
    """DataComp's: 128 bits as 32 hex digits; the lists of subsets keep it as two numbers of 64 bits (§2.4)."""
    return hashlib.sha256(str(entry.number).encode()).hexdigest()[:32]


DATACOMP = Published(
    "DataComp",
    parquet(
        "metadata/0000000{}.parquet",
        schema(
            uid=_STRING, url=_STRING, text=_STRING, original_width=_INT64, original_height=_INT64,
            clip_b32_similarity_score=_F32, clip_l14_similarity_score=_F32,
            face_bboxes=pa.list_(pa.list_(_F64)), sha256=_STRING,
        ),
        lambda entry: {
            "uid": uid_of(entry), "url": entry.url, "text": entry.text, "original_width": entry.width,
            "original_height": entry.height, "clip_b32_similarity_score": 0.3, "clip_l14_similarity_score": 0.25,
            "face_bboxes": [[0.1, 0.2, 0.3, 0.4]], "sha256": entry.sha256,
        },
    ),
)  # fmt: skip


def lines(file: str, line: Callable[[Entry], str]) -> Callable[[Path, Sequence[Entry]], Path]:
    """A file of text, a line for each entry."""

    def write(folder: Path, entries: Sequence[Entry]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        data = "".join(line(entry) + "\n" for entry in entries).encode()
        place = folder / file
        place.write_bytes(gzip.compress(data) if file.endswith(".gz") else data)
        return place

    return write


CC3M = Published("CC3M", lines("Train_GCC-training.tsv", lambda entry: f"{entry.text}\t{entry.url}"))
CC12M = Published("CC12M", lines("cc12m.tsv", lambda entry: f"{entry.url}\t{entry.text}"))
CC12M_HASHES = Published(
    "CC12M, hashes", lines("cc12m_hashes.tsv", lambda entry: f"{entry.url}\t{entry.sha256}\t{entry.md5}")
)


def document(file: str, content: Callable[[Sequence[Entry]], Any]) -> Callable[[Path, Sequence[Entry]], Path]:
    def write(folder: Path, entries: Sequence[Entry]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / file
        place.write_text(json.dumps(content(entries)))
        return place

    return write


SBU = Published(
    "SBU",
    document(
        "sbu-captions-all.json",
        lambda entries: {
            "image_urls": [entry.url for entry in entries],
            "captions": [entry.text for entry in entries],
            "user_ids": [entry.account for entry in entries],
        },
    ),
    note="the name of the column of accounts is unverified",
)
REDCAPS = Published(
    "RedCaps",
    document(
        "drawing_2020.json",
        lambda entries: {
            "info": {"description": "RedCaps", "version": "v1.0"},
            "annotations": [
                {
                    "image_id": f"abc{entry.number}", "author": entry.account, "image_url": entry.url,
                    "raw_caption": entry.text, "caption": entry.text.lower(), "subreddit": "drawing", "score": 3,
                    "created_utc": 1_580_000_000, "permalink": f"/r/drawing/comments/abc{entry.number}/x/",
                    "crosspost_parents": None,
                }
                for entry in entries
            ],
        },
    ),
)  # fmt: skip

WIT_COLUMNS = (
    "language", "page_url", "image_url", "page_title", "section_title", "hierarchical_section_title",
    "caption_reference_description", "caption_attribution_description", "caption_alt_text_description", "mime_type",
    "original_height", "original_width", "is_main_image", "attribution_passes_lang_id", "page_changed_recently",
    "context_page_description", "context_section_description",
)  # fmt: skip


def write_wit(folder: Path, entries: Sequence[Entry]) -> Path:
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, WIT_COLUMNS, delimiter="\t", lineterminator="\n", restval="")
    table.writeheader()
    for entry in entries:
        table.writerow(
            {
                "language": "en", "page_url": entry.page, "image_url": entry.url, "page_title": "Owls",
                "caption_attribution_description": entry.text, "mime_type": "image/jpeg",
                "original_height": entry.height, "original_width": entry.width, "is_main_image": "true",
            }
        )  # fmt: skip
    place = folder / "wit_v1.train.all-00000-of-00010.tsv.gz"
    place.write_bytes(gzip.compress(out.getvalue().encode()))
    return place


WIT = Published("WIT", write_wit)
WUKONG = Published(
    "Wukong",
    parquet(
        "wukong_{}.parquet", schema(url=_STRING, caption=_STRING), lambda one: {"url": one.url, "caption": one.text}
    ),
    note="names of the files are not known here",
)
PD12M = Published(
    "PD12M",
    parquet(
        "metadata/pd12m.00{}.parquet",
        schema(
            id=_STRING, url=_STRING, caption=_STRING, width=_INT64, height=_INT64, mime_type=_STRING, hash=_STRING,
            license=_STRING, source=_STRING,
        ),
        lambda entry: {
            "id": f"00000000-0000-4000-8000-{entry.number:012}", "url": entry.url, "caption": entry.text,
            "width": entry.width, "height": entry.height, "mime_type": "image/jpeg", "hash": entry.md5,
            "license": "https://creativecommons.org/publicdomain/zero/1.0/", "source": "Wikimedia Commons",
        },
    ),
    note="types of the columns are inferred",
)  # fmt: skip


def flickr(entry: Entry) -> Row:
    return {
        "photoid": entry.number, "uid": "12345678@N00", "unickname": entry.account, "datetaken": None,
        "dateuploaded": 1_300_000_000, "capturedevice": "", "title": entry.text, "description": "", "usertags": "owl",
        "machinetags": "", "longitude": None, "latitude": None, "accuracy": 0, "pageurl": entry.page,
        "downloadurl": entry.url, "licensename": "Attribution License", "licenseurl": "http://creativecommons.org/licenses/by/2.0/",
        "serverid": 1, "farmid": 1, "secret": "abc", "secretoriginal": "def", "ext": "jpg", "url": entry.url,
        "key": "000000001", "status": "success", "error_message": None, "exif": "{}", "sha256": entry.sha256,
        "blip2_caption": "an owl", "caption": entry.text, "width": 512, "height": 384, "original_width": entry.width,
        "original_height": entry.height, "jpg": {"bytes": b"\xff\xd8", "path": None}, "marker": 0,
    }  # fmt: skip


COMMON_CATALOG = Published(
    "CommonCatalog",
    parquet(
        "{}/least_dim_range=256-512/part.parquet",
        schema(
            jpg=pa.struct([("bytes", pa.binary()), ("path", _STRING)]), blip2_caption=_STRING, caption=_STRING,
            licensename=_STRING, licenseurl=_STRING, width=_INT32, height=_INT32, original_width=_INT32,
            original_height=_INT32, photoid=_INT64, uid=_STRING, unickname=_STRING, datetaken=pa.timestamp("us"),
            dateuploaded=_INT64, capturedevice=_STRING, title=_STRING, usertags=_STRING, machinetags=_STRING,
            longitude=_F64, latitude=_F64, accuracy=_INT64, pageurl=_STRING, downloadurl=_STRING, serverid=_INT64,
            farmid=_INT64, secret=_STRING, secretoriginal=_STRING, ext=_STRING, url=_STRING, key=_STRING,
            status=_STRING, error_message=_STRING, exif=_STRING, sha256=_STRING, description=_STRING,
        ),
        flickr,
    ),
)  # fmt: skip


def database(file: str, table: str, kinds: Mapping[str, str], row: Callable[[Entry], Row]) -> Callable[..., Path]:
    def write(folder: Path, entries: Sequence[Entry]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / file
        with closing(sqlite3.connect(place)) as connection:
            columns = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
            connection.execute(f"CREATE TABLE {table} ({columns})")
            marks = ", ".join("?" * len(kinds))
            rows = [tuple(row(entry)[name] for name in kinds) for entry in entries]
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            connection.execute("CREATE TABLE about (words TEXT)")
            connection.commit()
        return place

    return write


YFCC100M = Published(
    "YFCC100M",
    database(
        "yfcc100m_dataset.sql",
        "yfcc100m_dataset",
        {
            "photoid": "INTEGER PRIMARY KEY", "uid": "TEXT", "unickname": "TEXT", "datetaken": "TEXT",
            "dateuploaded": "TEXT", "capturedevice": "TEXT", "title": "TEXT", "description": "TEXT", "usertags": "TEXT",
            "machinetags": "TEXT", "longitude": "REAL", "latitude": "REAL", "accuracy": "INTEGER", "pageurl": "TEXT",
            "downloadurl": "TEXT", "licensename": "TEXT", "licenseurl": "TEXT", "serverid": "INTEGER",
            "farmid": "INTEGER", "secret": "TEXT", "secretoriginal": "TEXT", "ext": "TEXT", "marker": "INTEGER",
        },
        flickr,
    ),
    note="the name of the table and the types of its columns are inferred",
)  # fmt: skip
MMC4 = Published(
    "MMC4",
    lines(
        "docs_shard_0_v3.jsonl",
        lambda entry: json.dumps(
            {
                "image_info": [
                    {"image_name": "a.png", "raw_url": "https://elsewhere.example.com/a.png", "matched_text_index": 0,
                     "matched_sim": 0.2, "face_detections": None},
                    {"image_name": "b.png", "raw_url": entry.url, "matched_text_index": 1, "matched_sim": 0.3,
                     "face_detections": None},
                ],
                "text_list": ["Welcome.", entry.text],
                "url": entry.page,
                "similarity_matrix": [[0.2, 0.1], [0.1, 0.3]],
                "could_have_url_duplicate": 0,
            }
        ),
    ),
)  # fmt: skip
OBELICS = Published(
    "OBELICS",
    parquet(
        "data/train-0000{}-of-01432.parquet",
        schema(
            images=pa.list_(_STRING), metadata=_STRING, general_metadata=_STRING, texts=pa.list_(_STRING),
        ),
        lambda entry: {
            "images": [None, entry.url], "texts": [entry.text, None],
            "metadata": json.dumps(
                [None, {"document_url": entry.page, "unformatted_src": entry.url, "src": entry.url, "alt_text": "x"}]
            ),
            "general_metadata": json.dumps({"url": entry.page}),
        },
    ),
)  # fmt: skip
MEGALITH = Published(
    "Megalith-10M",
    parquet("data/megalith-0000{}-of-00010.parquet", schema(url=_STRING), lambda one: {"url": one.url}),
    note="that there is a column of Flickr addresses is documented, its name is not known here",
)


def danbooru(entry: Entry) -> Row:
    return {
        "id": entry.number, "md5": entry.md5, "created_at": "2023-01-01", "updated_at": "2023-01-02", "score": 5,
        "up_score": 6, "down_score": -1, "rating": "g", "image_width": entry.width, "image_height": entry.height,
        "file_ext": "png", "parent_id": None, "pixiv_id": 12345, "duration": None, "pixel_hash": entry.pixel_hash,
        "tag_string_general": "1girl owl", "tag_string_character": "", "tag_string_copyright": "original",
        "tag_string_artist": f"another_one {entry.account}", "tag_string_meta": "highres",
    }  # fmt: skip


DANBOORU = Published(
    "Danbooru2023",
    parquet(
        "default/train/000{}.parquet",
        schema(
            id=_INT64, md5=_STRING, created_at=_STRING, updated_at=_STRING, score=_INT64, up_score=_INT64,
            down_score=_INT64, rating=_STRING, image_width=_INT64, image_height=_INT64, file_ext=_STRING,
            parent_id=_INT64, pixiv_id=_INT64, duration=_F64, pixel_hash=_STRING, tag_string_general=_STRING,
            tag_string_character=_STRING, tag_string_copyright=_STRING, tag_string_artist=_STRING,
            tag_string_meta=_STRING,
        ),
        danbooru,
    ),
    note="types of the columns are inferred",
)  # fmt: skip
_DANBOORU_KINDS = dict.fromkeys(danbooru(Entry("x")), "TEXT") | {"id": "INTEGER PRIMARY KEY", "pixiv_id": "INTEGER"}
DANBOORU_SQLITE = Published("Danbooru2023, SQLite", database("danbooru2023.db", "posts", _DANBOORU_KINDS, danbooru),
                            note="the name of the table is inferred")  # fmt: skip

WIKIART_ARTISTS = ("Unknown Artist", "luna-vale", "claude-monet")


def write_wikiart(folder: Path, entries: Sequence[Entry]) -> Path:
    """Artists are numbers; their names stand in the description that the library of the hub writes."""
    names = {"artist": {"names": list(WIKIART_ARTISTS), "_type": "ClassLabel"}}
    about = {"huggingface": json.dumps({"info": {"features": names}})}
    table = pa.table(
        {
            "image": pa.array([{"bytes": entry.data, "path": None} for entry in entries],
                              pa.struct([("bytes", pa.binary()), ("path", _STRING)])),
            "artist": pa.array([WIKIART_ARTISTS.index(entry.account) for entry in entries], _INT64),
            "genre": pa.array([0] * len(entries), _INT64),
            "style": pa.array([0] * len(entries), _INT64),
        }
    ).replace_schema_metadata(about)  # fmt: skip
    (folder / "data").mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / "data" / "train-00000-of-00072.parquet")
    return folder


WIKIART = Published("WikiArt", write_wikiart)
IMG2DATASET = Published(
    "img2dataset",
    parquet(
        "0000{}.parquet",
        schema(
            url=_STRING, caption=_STRING, key=_STRING, status=_STRING, error_message=_STRING, width=_INT32,
            height=_INT32, original_width=_INT32, original_height=_INT32, exif=_STRING, sha256=_STRING,
        ),
        lambda entry: {
            "url": entry.url, "caption": entry.text, "key": f"{entry.number:09}", "status": "success",
            "width": 256, "height": 256, "original_width": entry.width, "original_height": entry.height, "exif": "{}",
            "sha256": entry.sha256,
        },
    ),
)  # fmt: skip
CLICKHOUSE_LAION = Published(
    "LAION sample of ClickHouse",
    parquet(
        "laion_{}.parquet",
        schema(key=_STRING, url=_STRING, caption=_STRING, similarity=_F64, width=_INT64, height=_INT64, md5=_STRING),
        lambda entry: {
            "key": f"{entry.number:09}", "url": entry.url, "caption": entry.text, "similarity": 0.3,
            "width": entry.width, "height": entry.height, "md5": entry.md5,
        },
    ),
    note="that there is an md5 column is documented, the names of the others are inferred",
)  # fmt: skip

EVERY_SET = (
    LAION_400M, LAION_5B_FIRST, LAION_JOINED, LAION_MD5, RELAION, LAION_AESTHETIC, LAION_COCO, COYO, COYO_LABELED,
    DATACOMP, CC3M, CC12M, CC12M_HASHES, SBU, REDCAPS, WIT, WUKONG, PD12M, COMMON_CATALOG, YFCC100M, MMC4, OBELICS,
    MEGALITH, DANBOORU, DANBOORU_SQLITE, WIKIART, IMG2DATASET, CLICKHOUSE_LAION,
)  # fmt: skip
