"""The receive hook: what git starts in a student's repository after it has stored a push.

It is started by an absolute path, isolated (`-I`), and takes nothing of the environment but the language. A push over
ssh is as safe as that; who pushes by way of a folder starts git, and with it this hook, as a user of their own.
"""

import contextlib
import os
import pwd
import signal
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from course.classroom.git_server.grading import Grader
from course.classroom.git_server.receiving import Desk, receive
from course.classroom.git_server.server import ServerError, open_server
from course.classroom.git_server.store import note_error
from course.classroom.git_server.telling import Teller
from course.classroom.git_server.updates import read_updates
from course.ending import end_on
from course.grade import grade_views
from course.language import speaking, spoken
from course.report.sinks import log_lines
from course.settings import settings

MOST_LENT = 1024  # descriptors are given out from the lowest free number on
OF_LANGUAGE = ("LANG", "LC_ALL", "LC_MESSAGES")


def main(arguments: list[str], lines: Iterable[bytes], out: BinaryIO, grade: Grader = grade_views) -> None:
    """Receive a push: the folder of the server, the student, and what git says was updated."""
    folder, student = Path(arguments[0]), arguments[1]
    _forget_the_files()
    _forget_the_environment()
    _stay()
    teller = Teller(out)
    try:
        server = open_server(folder)
    except ServerError:
        server = None
    if server is None or not server.is_ours:
        teller.say("not_ours")
        return
    with speaking(server.terms.language or settings().language(os.environ)):
        try:
            receive(Desk(server, teller, spoken(), grade), student, read_updates(lines))
        except SystemExit:
            teller.say("stopped")
            raise
        except Exception:
            teller.say("broken")
            note_error(server, {"student": student}, log_lines(traceback.format_exc().rstrip()))


def _forget_the_files() -> None:
    """Close what git left open: git 2.55 lends the hook the output of the push, which could not end before the hook."""
    os.closerange(3, MOST_LENT)


def _forget_the_environment() -> None:
    """Keep nothing of the environment but the language: who pushes may have set it."""
    kept = {name: os.environ[name] for name in OF_LANGUAGE if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, PATH=os.defpath, HOME=pwd.getpwuid(os.geteuid()).pw_dir)
    os.chdir("/")


def _stay() -> None:
    """Go on when the student has broken the push off: what is stored gets its result. SIGTERM alone ends the hook.

    A session of its own keeps what is typed at the student's terminal from the gits that it starts as well: some of
    them end on SIGINT although it is ignored here.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(PermissionError):  # it leads a group already
        os.setsid()
    end_on([signal.SIGTERM])


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer)
