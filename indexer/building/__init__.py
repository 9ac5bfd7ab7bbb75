"""Streams a set of pictures into an index folder: read, fingerprint, write. Resumes after a kill."""
