# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a document could not be made."""

from indexer.core.errors import IndexerError


class DocumentProblem(IndexerError):
    """A letter or report cannot be made as asked; `str()` is one plain sentence that says what to change."""
