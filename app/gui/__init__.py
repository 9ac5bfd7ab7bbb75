"""The window: the only room that imports Qt. Shows and asks; the work is done by jobs."""
