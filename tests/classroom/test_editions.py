"""What is in the students' repository, and what is not."""

import json
import re
import shutil
import subprocess
import sysconfig
import tomllib
import venv
from importlib.metadata import requires
from pathlib import Path, PurePosixPath

import pytest

from course.classroom.editions import ReleaseError, classroom_edition, self_study_edition
from course.classroom.written import OF_THE_SAMPLES, SETTINGS, STUDENT
from course.code_texts import in_chinese
from course.language import LANGUAGES
from course.lessons import ROOT, Lesson, all_lessons
from course.sealing import unseal
from course.settings import settings
from course.stubs import make_stub

OF_A_CLASS = {
    *(".devcontainer/devcontainer.json", ".gitignore", "LICENSE", "README.md", "README.zh-CN.md"),
    *("exercises/pytest.ini", "pyproject.toml", "requirements.txt"),
    *("exercises/t01_quotes/README.md", "exercises/t01_quotes/test_quotes.py"),
    *("exercises/a17_health/README.md", "exercises/a17_health/test_health.py"),
}
MODULES = {"exercises/t01_quotes/quotes.py", "exercises/a17_health/health.py"}
ACTION = "cs101/course@v1"


def translations(repository: Path) -> set[str]:
    return {path.relative_to(repository).as_posix() for path in repository.glob("exercises/*/README.zh-CN.md")}


def test_a_class_gets_these_files_and_no_others(repository: Path, lessons: list[Lesson]) -> None:
    (repository / "exercises/t01_quotes/notes.txt").write_text("of the authors", "utf-8")
    release = classroom_edition(repository, lessons, None)
    assert set(release.files) == OF_A_CLASS | translations(repository)
    assert set(release.modules) == MODULES


def test_the_workflow_comes_with_an_action_only(repository: Path, lessons: list[Lesson]) -> None:
    with_action = set(classroom_edition(repository, lessons, ACTION).files)
    assert with_action - OF_A_CLASS - translations(repository) == {".github/workflows/classroom.yml"}


def test_texts_in_all_languages_go_out(repository: Path, lessons: list[Lesson]) -> None:
    (repository / "exercises/t01_quotes/README.zh-CN.md").write_text(
        "# 同时询价\n\n`course check t01_quotes`\n", "utf-8"
    )
    files = classroom_edition(repository, lessons, None).files
    assert files["exercises/t01_quotes/README.zh-CN.md"].decode() == "# 同时询价\n\n`git push`\n"
    assert "[t01_quotes](exercises/t01_quotes/README.zh-CN.md) | 同时询价 |" in files["README.zh-CN.md"].decode()


def test_a_chinese_class_reads_chinese_first(repository: Path, lessons: list[Lesson]) -> None:
    """The pages in both languages still lead to each other."""
    files = classroom_edition(repository, lessons, None, "zh").files
    assert files["README.md"].decode().startswith("# Python 并发：练习\n\n[English](README.en.md)\n")
    assert files["README.en.md"].decode().startswith("# Python concurrency: exercises\n\n[中文](README.md)\n")
    assert "README.zh-CN.md" not in files


@pytest.mark.parametrize("study", [False, True], ids=["class", "self-study"])
def test_a_release_in_chinese_shows_the_chinese_readme_of_every_folder_first(study: bool) -> None:
    """The first link of each leads to the same text in the other language, all others to texts in its own."""
    lessons = all_lessons()
    release = self_study_edition(ROOT, lessons, "zh") if study else classroom_edition(ROOT, lessons, None, "zh")
    readmes = {path: text.decode() for path, text in release.files.items() if re.search(r"README[\w.-]*\.md$", path)}
    assert len(readmes) == 2 * (1 + len(lessons))
    for path, text in readmes.items():
        is_english = path.endswith("README.en.md")
        assert is_english != bool(re.search(r"[\u4e00-\u9fff]{4}", text))
        other, *links = [
            (PurePosixPath(path).parent / link).as_posix() for link in re.findall(r"\]\((.*?\.md)\)", text)
        ]
        assert {other, path} == {f"{PurePosixPath(path).parent / name}" for name in ("README.md", "README.en.md")}
        assert all(link in readmes and link.endswith("README.en.md") == is_english for link in links)


@pytest.mark.parametrize("study", [False, True], ids=["class", "self-study"])
def test_stubs_and_samples_speak_the_language_of_the_release(
    study: bool, repository: Path, lessons: list[Lesson]
) -> None:
    released = {}
    for language in LANGUAGES:
        edition = self_study_edition if study else classroom_edition
        terms = (language,) if study else (None, language)
        released[language] = edition(repository, lessons, *terms)
    for lesson in lessons:
        stub, sample = f"exercises/{lesson.name}/{lesson.filename}", f"exercises/{lesson.name}/test_{lesson.filename}"
        english, chinese = released["en"], released["zh"]
        assert english.modules[stub] == (repository / stub).read_bytes()
        assert chinese.modules[stub].decode() == in_chinese(repository / stub)
        assert (english.elsewhere[stub], chinese.elsewhere[stub]) == (chinese.modules[stub], english.modules[stub])
        assert re.search(r'"""[一-鿿]', chinese.files[sample].decode())
        assert english.files[sample] != chinese.files[sample]
    assert "`git push` 检查得更多" in released["zh"].files["exercises/t01_quotes/test_quotes.py"].decode() or study


def test_settings_speak_the_language_of_the_release(repository: Path, lessons: list[Lesson]) -> None:
    """Each of their texts is there in English, and no comment is left in English where Chinese was asked for."""
    told = {}
    for language in LANGUAGES:
        editions = (
            classroom_edition(repository, lessons, ACTION, language),
            self_study_edition(repository, lessons, language),
        )
        told[language] = "\n".join(
            edition.files[path].decode() for edition in editions for path in SETTINGS if path in edition.files
        )
    texts = tomllib.loads((STUDENT / "sentences.toml").read_text("utf-8"))["settings"]
    assert [text["en"] for text in texts.values() if text["en"] not in told["en"]] == []
    assert [text["zh"] for text in texts.values() if text["zh"] not in told["zh"]] == []
    comments = [line for line in told["zh"].splitlines() if line.lstrip().startswith("#")]
    assert comments
    assert [line for line in comments if not re.search("[一-鿿]", line)] == []


def test_who_learns_alone_gets_reports_in_the_language_of_the_release(
    repository: Path, lessons: list[Lesson], tmp_path: Path
) -> None:
    """English is what the environment decides: there, nothing is laid down."""
    chosen = tmp_path / "settings.toml"
    for language, lang in (("zh", "zh"), ("en", "")):
        chosen.write_bytes(self_study_edition(repository, lessons, language).files["graders/settings.toml"])
        assert settings(chosen).lang == lang


def test_a_class_is_told_to_push_where_the_authors_say_course_check(repository: Path, lessons: list[Lesson]) -> None:
    """There is no `course` in its repository."""
    files = classroom_edition(repository, lessons, ACTION).files
    assert [path for path, text in files.items() if "course check" in text.decode()] == []
    assert "`git push` runs all checks" in files["exercises/t01_quotes/README.md"].decode()


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_a_stub_is_the_one_that_nbgrader_makes(lesson: Lesson) -> None:
    """Every release looks whether the modules are stubs, also where nbgrader is not installed."""
    stubs = classroom_edition(ROOT, [lesson], None).modules
    assert stubs == {f"exercises/{lesson.name}/{lesson.filename}": make_stub(lesson.reference).encode()}


def test_what_an_author_has_tried_in_the_stubs_place_is_not_released(repository: Path, lessons: list[Lesson]) -> None:
    (repository / "exercises/t01_quotes/quotes.py").write_text("def fetch_quotes(symbols, fetch): ...\n", "utf-8")
    with pytest.raises(ReleaseError, match=r"exercises/t01_quotes/quotes\.py is not the stub of its solution"):
        classroom_edition(repository, lessons, None)


def test_a_missing_file_is_named(repository: Path, lessons: list[Lesson]) -> None:
    (repository / "exercises/a17_health/README.md").unlink()
    with pytest.raises(ReleaseError, match=r"exercises/a17_health/README\.md cannot be read: No such file"):
        classroom_edition(repository, lessons, None)


@pytest.mark.parametrize("action", ["", "course", "cs101/course", "cs101/course@", "a/b/c@v1", "a/b@v1\nrun: x", "@v1"])
def test_an_action_that_names_no_grader_is_refused(action: str, repository: Path, lessons: list[Lesson]) -> None:
    with pytest.raises(ReleaseError, match="does not name a grader"):
        classroom_edition(repository, lessons, action)


@pytest.mark.parametrize("study", [False, True], ids=["class", "self-study"])
def test_settings_can_be_read_and_no_word_was_left_out(study: bool, repository: Path, lessons: list[Lesson]) -> None:
    release = self_study_edition(repository, lessons) if study else classroom_edition(repository, lessons, ACTION)
    json.loads(release.files[".devcontainer/devcontainer.json"])
    tomllib.loads(release.files["pyproject.toml"].decode())
    ours = [path for path in release.files if "/" not in path or path.startswith(".")]
    assert [path for path in ours if re.search(r"@\w+@", release.files[path].decode())] == []


def test_the_samples_get_the_versions_that_the_course_is_tested_with(repository: Path, lessons: list[Lesson]) -> None:
    wanted = classroom_edition(repository, lessons, None).files["requirements.txt"].decode().splitlines()
    constraints = (ROOT / ".ci/constraints.txt").read_text("utf-8").splitlines()
    assert len(wanted) == len(OF_THE_SAMPLES)
    assert set(wanted) <= set(constraints)


def test_what_the_samples_need_is_all_there() -> None:
    """Neither pytest nor pytest-asyncio asks for anything else on Linux and macOS."""
    known = {*OF_THE_SAMPLES, "backports-asyncio-runner", "tomli", "exceptiongroup", "colorama"}  # older or Windows
    asked = [line for name in OF_THE_SAMPLES for line in requires(name) or () if "extra ==" not in line]
    assert asked
    assert {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in asked} <= known


def test_the_workflow_keeps_the_contract(repository: Path, lessons: list[Lesson]) -> None:
    """Its name, triggers and permissions are those of GitHub Classroom; every action of others is pinned."""
    text = classroom_edition(repository, lessons, ACTION).files[".github/workflows/classroom.yml"].decode()
    for line in (
        "name: Autograding Tests",
        "on: [push, repository_dispatch]",
        "permissions:\n  checks: write\n  actions: read\n  contents: read\n",
        "  run-autograding-tests:\n    runs-on: ubuntu-latest\n",
        "    if: github.actor != 'github-classroom[bot]'",
        "          runners: t01,a17",
        "          T01_RESULTS: ${{ steps.grade.outputs.t01 }}\n",
        "          A17_RESULTS: ${{ steps.grade.outputs.a17 }}\n",
    ):
        assert line in text
    uses = re.findall(r"uses: (\S+)", text)
    assert uses[1] == "cs101/course/.github/actions/grade@v1"
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each) for each in (uses[0], uses[2]))
    assert "secrets" not in text


def test_self_study_holds_the_grader_and_the_solutions_sealed(repository: Path, lessons: list[Lesson]) -> None:
    files = self_study_edition(repository, lessons).files
    for lesson in lessons:
        folder, path = f"graders/{lesson.name}", f"solutions/{lesson.name}/{lesson.filename}"
        assert {f"{folder}/lesson.toml", f"{folder}/scenarios.py", f"{folder}/test_{lesson.filename}"} <= set(files)
        assert path not in files
        assert unseal(files[f"{path}.sealed"].decode()) == lesson.reference
    assert [path for path in files if "/mistakes/" in path or "/alternatives/" in path or "taught" in path] == []


def test_the_edition_for_self_study_of_this_repository_grades_and_shows_solutions(tmp_path: Path) -> None:
    """The whole of it, in an environment whose `course` is the released one."""
    lesson = all_lessons()[0]
    release = self_study_edition(ROOT, [lesson])
    for path, content in (release.files | release.modules).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    module = tmp_path / "exercises" / lesson.name / lesson.filename
    venv.create(tmp_path / ".venv", symlinks=True)
    python = tmp_path / ".venv" / "bin" / "python"
    (places,) = (tmp_path / ".venv" / "lib").glob("python*/site-packages")
    (places / "released.pth").write_text(f"{tmp_path}\n{sysconfig.get_path('purelib')}\n", "utf-8")

    def course(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [python, "-m", "course", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    code, said = course("solution", "t01")
    assert code == 1
    assert said.startswith("t01_quotes: 0 of 10 points. The solution is shown when you have them all")
    shutil.copyfile(lesson.variants("alternatives")["pool"], module)
    assert course("solution", "t01") == (0, lesson.reference)
    assert course("check", "t01")[0] == 0
    assert "invalid choice: 'demo'" in course("demo")[1]
