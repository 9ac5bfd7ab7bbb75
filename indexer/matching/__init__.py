"""From a portfolio and sources to graded matches with reasons.

Every threshold stands in `thresholds.py`, and in `thresholds_unseen.py` where no picture was seen.
"""
