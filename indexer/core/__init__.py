"""Types, errors, progress and small file habits that every room of the engine shares."""
