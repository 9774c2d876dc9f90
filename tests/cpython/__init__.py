"""The tests of CPython itself, run inside worlds: unmodified programs behave there as on real Python."""
