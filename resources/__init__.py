"""Data of the program: templates, schemas, recipients. Read with importlib.resources."""
