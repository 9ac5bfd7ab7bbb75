"""Pictures: which files are one, how to open them safely, how to turn them. Knows nothing of fingerprints."""
