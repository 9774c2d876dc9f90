"""Grade Python concurrency exercises: every interleaving, virtual time, real speed-up."""
