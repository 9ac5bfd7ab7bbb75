"""Archives of accounts as six platforms hand them out, made by code: each in its own layout, with its oddities."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, bytes]

FIRST = 1_556_755_200
"""2019-05-02T00:00:00Z as a Unix time."""

FIRST_UTC = "2019-05-02T00:00:00Z"


def as_zip(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The files packed, in the order given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def save_zip(place: Path, files: Files) -> Path:
    """The files as a .zip archive on disk."""
    place.write_bytes(as_zip(files))
    return place


def save_folder(place: Path, files: Files) -> Path:
    """The files unpacked."""
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place


def mojibake(text: str) -> str:
    """A text as Meta's exports write it: each byte of its UTF-8 as if it were a letter."""
    return text.encode().decode("latin-1")


def as_json(value: object) -> bytes:
    """JSON with everything beyond ASCII escaped, as Meta writes it."""
    return json.dumps(value, ensure_ascii=True).encode()


def instagram(picture: bytes, root: str = "instagram-artist-2024-01-01-abc/") -> dict[str, bytes]:
    """One post of two pictures of which one is missing, a profile picture, and a video."""
    media = "media/posts/201905"
    post = {
        "title": mojibake("Größer als das Leben 🎨"),
        "creation_timestamp": FIRST,
        "media": [
            {"uri": f"{media}/one.jpg", "creation_timestamp": FIRST, "title": ""},
            {"uri": f"{media}/gone.jpg", "creation_timestamp": FIRST, "title": ""},
            {"uri": f"{media}/film.mp4", "creation_timestamp": FIRST, "title": ""},
        ],
    }
    return {
        f"{root}your_instagram_activity/content/posts_1.json": as_json([post]),
        f"{root}{media}/one.jpg": picture,
        f"{root}{media}/film.mp4": b"film",
        f"{root}media/profile/201905/me.jpg": picture,
    }


def old_instagram(picture: bytes) -> dict[str, bytes]:
    """As in 2018: times without a zone."""
    photo = {"caption": "x", "taken_at": "2018-03-04T23:30:00", "path": "photos/201803/old.jpg"}
    return {"media.json": as_json({"photos": [photo], "stories": [], "videos": []}), photo["path"]: picture}


def facebook(picture: bytes) -> dict[str, bytes]:
    """A post, an album whose name is not ASCII and holds an earlier upload of another picture, a sticker, a message."""
    posts, album = "your_facebook_activity/posts", "Ölbilder_77"
    media = f"{posts}/media"

    def attached(uri: str, time: int) -> list[object]:
        return [{"data": [{"media": {"uri": mojibake(uri), "creation_timestamp": time}}]}]

    return {
        f"{posts}/your_posts__check_ins__photos_and_videos_1.json": as_json(
            [
                {"timestamp": FIRST, "attachments": attached(f"{media}/wall/post.jpg", FIRST - 5), "data": []},
                {"timestamp": FIRST, "data": [{"post": "words only"}]},
                {"timestamp": FIRST, "attachments": attached(f"{media}/stickers_used/s.png", FIRST)},
            ]
        ),
        f"{posts}/album/0.json": as_json(
            {
                "name": mojibake(album),
                "photos": [{"uri": mojibake(f"{media}/{album}/oil.jpg"), "creation_timestamp": 1}],
            }
        ),
        f"{media}/wall/post.jpg": picture,
        f"{media}/{album}/oil.jpg": picture,
        f"{media}/stickers_used/s.png": picture,
        "your_facebook_activity/messages/inbox/friend/photos/theirs.jpg": picture,
    }


def twitter(picture: bytes) -> dict[str, bytes]:
    """An own post with a picture, a post of somebody else that was passed on, and their files."""

    def tweet(number: str, name: str, text: str) -> object:
        media = [{"type": "photo", "media_url_https": f"https://pbs.twimg.com/media/{name}"}]
        post = {"id_str": number, "created_at": "Thu May 02 00:00:00 +0000 2019", "full_text": text}
        return {"tweet": post | {"entities": {"media": media}, "extended_entities": {"media": media}}}

    tweets = [tweet("11", "OWN-a_1.jpg", "new work"), tweet("22", "THEIRS.jpg", "RT @somebody: look")]
    return {
        "data/tweets.js": b"window.YTD.tweets.part0 = " + json.dumps(tweets).encode(),
        "data/account.js": b'window.YTD.account.part0 = [{"account": {"username": "artist"}}]',
        "data/tweets_media/11-OWN-a_1.jpg": picture,
        "data/tweets_media/22-THEIRS.jpg": picture,
        "data/profile_media/1-me.jpg": picture,
    }


def tumblr(picture: bytes, *, packed: bool = True) -> dict[str, bytes]:
    """A post of two pictures and a reblog, listed in an archive within the archive."""
    xml = (
        "<?xml version='1.0' encoding='UTF-8'?><tumblr version='1.0'><posts>"
        f"<post id='180367539' url='https://artist.tumblr.com/post/180367539' type='photo' unix-timestamp='{FIRST}'/>"
        "<post id='180367540' url='https://artist.tumblr.com/post/180367540' reblogged-from-name='other'"
        f" unix-timestamp='{FIRST}'/></posts></tumblr>"
    ).encode()
    inner = {"posts.xml": xml, "html/180367539.html": b"<html></html>"}
    posts = {"posts.zip": as_zip(inner)} if packed else {f"posts/{name}": data for name, data in inner.items()}
    return posts | {
        "media/180367539_0.png": picture,
        "media/180367539_1.png": picture,
        "media/180367540.jpg": picture,
        "payload-0.json": b"[]",
    }


def deviantart(picture: bytes) -> dict[str, bytes]:
    """Inferred: a list with the fields of the public programming interface, a download by its name, a favourite."""
    deviation = {
        "deviationid": "ABC-1",
        "url": "https://www.deviantart.com/artist/art/Lake-123",
        "published_time": str(FIRST),
        "content": {"src": "https://images-wixmp.example/f/x/lake.png?token=1"},
    }
    return {
        "deviations.json": as_json({"results": [deviation]}),
        "gallery/lake.png": picture,
        "gallery/tree_by_artist_dabcde1-fullview.jpg": picture,
        "favourites/sea_by_other_dabcde2-fullview.jpg": picture,
        "avatar.png": picture,
    }


def artstation(picture: bytes) -> dict[str, bytes]:
    """Inferred: a table of projects that names each picture's address."""
    table = (
        "hash_id,permalink,published_at,image_url\r\n"
        "EJ6Jn,https://www.artstation.com/artwork/EJ6Jn,2019-05-02T02:00:00+02:00,"
        "https://cdna.artstation.com/p/assets/images/images/001/large/artist-lake.jpg?155\r\n"
    )
    return {"projects.csv": table.encode(), "projects/artist-lake.jpg": picture, "avatar.jpg": picture}
