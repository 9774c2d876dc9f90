"""Grade a submission of the lesson `@lesson@` in Classroom 50; made by `course export classroom50`.

Everybody can read this file, so the grader is not in it: it is the `course` that the runner has already, or else the
repository below, fetched with the token in COURSE_TOKEN. What is written here is `result.json` and
`release-body.md`. It exits with 0 whatever the score is, and with 1 when the grader could not work.
"""

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LESSON = "@lesson@"
REPOSITORY = "@repository@"
REF = "@ref@"
INSTALLED = "course"
PATIENCE = 14 * 60  # seconds; Classroom 50 stops the job after 15 minutes


def main() -> int:
    """Grade the current folder."""
    with tempfile.TemporaryDirectory(prefix="course-") as temporary:
        command = shutil.which(INSTALLED) or fetched(Path(temporary))
        if command is None:
            return 1
        grade = [command, "classroom50", LESSON, "--submission", os.getcwd()]
        environment = {name: value for name, value in os.environ.items() if name != "COURSE_TOKEN"}
        return 0 if done(grade, cwd=temporary, env=environment) else 1


def fetched(folder: Path) -> str | None:
    """The grader's command, from its repository, in a virtual environment of its own."""
    token = os.environ.get("COURSE_TOKEN", "")
    if not (REPOSITORY and token):
        where = f"COURSE_TOKEN to fetch {REPOSITORY} with" if REPOSITORY else "repository to fetch it from"
        complain(f"no `{INSTALLED}` on this runner, and no {where}")
        return None
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    asking = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
    }
    clone = ["git", "clone", "--quiet", "--depth=1", f"--branch={REF}", f"{server}/{REPOSITORY}", "grader"]
    pip = ["bin/pip", "install", "--quiet", "--constraint", "../grader/.ci/constraints.txt", "--editable", "../grader"]
    steps = (
        (clone, folder, asking),
        ([sys.executable, "-m", "venv", "grading"], folder, None),
        ([str(folder / "grading" / pip[0]), *pip[1:]], folder / "grading", None),
    )
    if all(done(command, cwd=place, env=environment) for command, place, environment in steps):
        return str(folder / "grading" / "bin" / INSTALLED)
    return None


def done(command: list[str], *, cwd: str | Path, env: dict[str, str] | None) -> bool:
    """Run a command; say it when it fails."""
    try:
        subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, check=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        complain(f"{' '.join(command[:3])} ... has failed: {reason_of(error)}")
        return False
    return True


def reason_of(error: Exception) -> str:
    """Why a command has failed, without its arguments, which may name more than a log should say."""
    return f"exit {error.returncode}" if isinstance(error, subprocess.CalledProcessError) else type(error).__name__


def complain(reason: str) -> None:
    """Tell the log why nothing was graded."""
    print(f"::error title=The grader could not work · 评分程序出了故障::{reason}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
