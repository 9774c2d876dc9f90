"""Attacks on the grader, one file each; `python -m tests.attacks` writes the table that SECURITY.md shows."""
