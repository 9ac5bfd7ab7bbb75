# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m app`: the command line, where no console script is at hand."""

from app.cli import main

if __name__ == "__main__":
    main()
