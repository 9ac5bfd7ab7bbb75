"""One SQLite file a case: works, runs, matches, answers, letters, and an event log chained by hash. Knows no Qt."""
