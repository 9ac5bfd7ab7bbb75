"""Exhibit A, the program: command line, cases, documents, windows, jobs. Nothing here knows FAISS."""
