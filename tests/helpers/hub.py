"""A data hub on this computer: it knows commits, lists files page by page, and gives sizes and checksums."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from tests.helpers.server import LocalServer, Visit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LATER = "fedcba9876543210fedcba9876543210fedcba98"


class LocalHub(LocalServer):
    """Serves the files of repositories as the hub does.

    Attributes:
        commit: what every branch names now.
        token: without this one, nothing is given; None for a hub that is open.
        page: so many names come at once.
    """

    def __init__(self, page: int = 2) -> None:
        super().__init__()
        self.commit, self.token, self.page = COMMIT, None, page
        self.sets: dict[str, dict[str, bytes]] = {}

    def publish(self, repository: str, files: Mapping[str, bytes | Path], branch: str = "main") -> None:
        """Make a repository of files by their path."""
        content = {path: data if isinstance(data, bytes) else data.read_bytes() for path, data in files.items()}
        self.sets[repository] = content
        api = f"/api/datasets/{repository}"
        self.plays(f"{api}/revision/{quote(branch, safe='')}", self._tell_commit)
        for commit in (COMMIT, LATER):
            self.plays(f"{api}/tree/{commit}", lambda visit, name=repository: self._list(visit, name))
            for path, data in content.items():
                place = f"/datasets/{repository}/resolve/{commit}/{quote(path)}"
                self.plays(place, lambda visit, body=data: self._give(visit, body))

    def fetched(self, ending: str) -> list[str]:
        """Ranges that were asked of files called so; empty text for the whole file."""
        return [one.headers.get("Range", "") for one in self.seen if one.path.partition("?")[0].endswith(ending)]

    def _is_open(self, visit: Visit) -> bool:
        if self.token is None or visit.headers.get("Authorization") == f"Bearer {self.token}":
            return True
        visit.answer(b'{"error": "Access to dataset is restricted."}', 401, {"Content-Type": "application/json"})
        return False

    def _tell_commit(self, visit: Visit) -> None:
        if self._is_open(visit):
            visit.answer(json.dumps({"sha": self.commit, "private": False}).encode())

    def _list(self, visit: Visit, repository: str) -> None:
        if not self._is_open(visit):
            return
        nodes = [{"type": "directory", "path": "data", "oid": "0" * 40, "size": 0}]
        for path, data in sorted(self.sets[repository].items()):
            lfs = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            nodes.append({"type": "file", "path": path, "oid": "1" * 40, "size": len(data), "lfs": lfs})
        at = int(visit.path.partition("cursor=")[2] or 0)
        address = f"{self.url}{visit.path.partition('?')[0]}?recursive=true&cursor={at + self.page}"
        more = {"Link": f'<{address}>; rel="next"'} if at + self.page < len(nodes) else {}
        visit.answer(json.dumps(nodes[at : at + self.page]).encode(), headers=more)

    def _give(self, visit: Visit, body: bytes) -> None:
        if self._is_open(visit):
            visit.answer_with_part(body, f'"{hashlib.md5(body).hexdigest()}"')
