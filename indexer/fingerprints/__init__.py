"""Fingerprints of pictures, one file a kind. Knows nothing of indexes or sources."""
