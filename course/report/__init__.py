"""One result, shown in several dialects."""
