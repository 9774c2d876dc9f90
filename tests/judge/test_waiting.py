"""Waiting: what can be read, and what has come to its end; whatever its number is."""

import os
import resource
import socket

import pytest

from course.judge.waiting import readable


def test_what_can_be_read_or_has_ended_is_found_at_once() -> None:
    """Of files and sockets; the others are not."""
    reader, writer = os.pipe()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert readable([reader, ours], 0) == set()
        theirs.send(b"x")
        assert readable([reader, ours]) == {ours.fileno()}
        os.close(writer)
        assert readable([reader, ours]) == {reader, ours.fileno()}
    os.close(reader)


def test_a_judge_with_many_open_files_can_wait() -> None:
    """select(2) knows no number above 1023: a hostile submission could have a judge open as many."""
    high = 3000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard <= high:
        pytest.skip("this system lets nobody open so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, high + 1), hard))
    reader, writer = os.pipe()
    try:
        os.dup2(reader, high)
        os.write(writer, b"x")
        assert readable([high]) == {high}
        os.close(high)
    finally:
        os.close(reader)
        os.close(writer)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
