"""Makes the environment in which the real programs of others live, once.

    python -m tests.peers.make_environment [FOLDER]

It takes 6 GB and two to ten minutes. The tests find it by the variable EXHIBIT_A_PEERS, or in the user's cache.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.helpers.peers import PLACE_VARIABLE, REQUIREMENTS, is_complete, peers_place

_VERSION = (3, 11)
"""The only one on which these old releases were tried."""


def main(arguments: list[str]) -> int:
    """Make it in the folder that is given, or where the tests look for it."""
    place = Path(arguments[0]).absolute() if arguments else peers_place()
    if is_complete(place):
        print(f"It is there already: {place}")
        return 0
    python = sys.executable if sys.version_info[:2] == _VERSION else shutil.which("python3.11")
    if python is None:
        print("These programs need Python 3.11, and there is none here.", file=sys.stderr)
        return 1
    if not (place / "bin" / "python").exists():
        subprocess.run([python, "-m", "venv", place], check=True)
    subprocess.run([place / "bin" / "python", "-m", "pip", "install", *REQUIREMENTS], check=True)
    (place / "complete").write_text("\n".join(REQUIREMENTS))
    print(f"Done. Run the tests with\n  {PLACE_VARIABLE}={place} {sys.executable} -m pytest -m peer -n0")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
