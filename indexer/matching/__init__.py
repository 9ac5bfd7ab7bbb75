"""From a portfolio and sources to graded matches with reasons. Thresholds: `thresholds.py`, `thresholds_unseen.py`."""
