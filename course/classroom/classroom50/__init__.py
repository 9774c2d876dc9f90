"""Classroom 50: what its runner starts for a submission, and what that starts of ours."""
