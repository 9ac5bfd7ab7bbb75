"""The searchable files: tables of digests, hashes and vectors under one manifest. FAISS lives here alone."""
