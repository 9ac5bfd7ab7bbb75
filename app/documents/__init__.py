"""Letters and reports as PDF: facts in, a finished file out. Knows no window and no case file, computes no finding."""
