"""The trusted side: submissions, workers, run records, checks and their verdicts. It never imports student code."""
