"""A class on plain git: a repository for each student, and a report on each push."""
