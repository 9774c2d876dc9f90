"""Grading in a GitHub workflow: what `.github/actions/grade` runs."""
