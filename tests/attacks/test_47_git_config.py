"""Attack 47: the token that a checkout leaves in `.git/config`, and those at home. Neither is in a jail."""

from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from course.lessons import ROOT
from tests.attacks.arena import SECRET
from tests.attacks.conftest import Attack, AttackFolder
from tests.attacks.tries import open_folder, require_refused, trying

CONFIG = f"""[core]
\trepositoryformatversion = 0
[http "https://github.com/"]
\textraheader = AUTHORIZATION: basic {SECRET}
"""
OF_HOME = (".netrc", ".git-credentials", ".config/gh/hosts.yml", ".ssh/id_ed25519", ".aws/credentials")
FIRST = """
import subprocess
def git(*arguments):
    done = subprocess.run(["git", "-c", "safe.directory=*", *arguments], capture_output=True, text=True)
    return done.stdout or os.stat("/nothing")
"""
TRIES = {
    "config": "open('{0}/.git/config').read()",
    "config_by_git": "git('-C', '{0}', 'config', '--list', '--show-origin')",
    "config_by_file": "git('config', '--list', '--file', '{0}/.git/config')",
    "header": "git('-C', '{0}', 'config', 'http.https://github.com/.extraheader')",
    "log": "git('--git-dir', '{0}/.git', 'log')",
    "of_the_course": f"open({str(ROOT / '.git')!r} + '/config').read()",
    "head_of_the_course": f"git('-C', {str(ROOT)!r}, 'rev-parse', 'HEAD')",
}


@pytest.fixture(autouse=True)
def needs_a_jail(isolation: Isolation) -> None:
    if "read" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor Landlock")


def test_the_checkouts_token_is_not_there(attack: Attack) -> None:
    with open_folder() as checkout:
        (checkout / ".git").mkdir()
        (checkout / ".git" / "config").write_text(CONFIG)
        (checkout / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        tries = {name: way.format(checkout) for name, way in TRIES.items()}
        attacked = attack("p13", trying(tries, first=FIRST))
    assert attacked.points == 0
    require_refused(attacked.said, tries)


def test_the_command_gives_it_to_nobody(attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The submission is a checkout itself, and whoever grades has credentials at home."""
    with open_folder() as home:
        tries = {}
        for number, name in enumerate(OF_HOME):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(SECRET)
            tries[f"home_{number}"] = f"open({str(home / name)!r}).read()"
            tries[f"own_home_{number}"] = f"open(os.path.expanduser('~/{name}')).read()"
        monkeypatch.setenv("HOME", str(home))

        def lay_out(folder: Path) -> None:
            (folder / ".git").mkdir()
            (folder / ".git" / "config").write_text(CONFIG)
            tries["config"] = f"open({str(folder)!r} + '/.git/config').read()"
            tries["from_here"] = "git('config', '--get-regexp', 'extraheader')"
            (folder / "p13_grep" / "grep.py").write_text(trying(tries, first=FIRST))

        result, _ = attack_folder(lay_out, "p13")
    (lesson,) = result.lessons
    assert lesson.points == 0
    require_refused(lesson.problem, tries)
