"""The built-in demonstration: the whole journey on pictures drawn by code, offline, every page marked SAMPLE."""
