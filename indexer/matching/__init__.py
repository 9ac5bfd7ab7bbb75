"""From a portfolio and sources to graded matches with reasons. Every threshold stands in `thresholds.py` and `thresholds_unseen.py`."""
