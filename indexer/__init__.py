"""Exhibit A, the engine: pictures, fingerprints, indexes, matching. Knows nothing of windows."""
