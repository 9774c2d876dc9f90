"""One result as JUnit XML, which most CI services and many tools can show."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from course.language import speaking
from course.report.escape import harmless
from course.report.model import CheckResult, LessonResult, Result
from course.report.terminal import failure_text

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def to_junit(result: Result) -> str:
    """Write `result` as JUnit XML: one test suite per lesson, one test case per check.

    A module that cannot be graded is one more failed test case, `module`: a run of skipped tests would look green.
    """
    result = harmless(result)
    root = Element("testsuites", name=result.submission, time=f"{result.seconds:.3f}")
    with speaking(result.language):
        root.extend([_suite(result, lesson) for lesson in result.lessons])
    _count(root)
    indent(root)
    return DECLARATION + tostring(root, encoding="unicode") + "\n"


def _suite(result: Result, lesson: LessonResult) -> Element:
    suite = Element("testsuite", name=lesson.lesson, timestamp=result.graded_at)
    _add_properties(
        suite,
        title=lesson.title,
        points=lesson.points,
        max_points=lesson.max_points,
        submission=result.submission,
        python=result.python,
        isolation=result.isolation,
    )
    for note in lesson.notes:
        SubElement(suite[0], "property", name=f"note.{note.kind}", value=note.text)
    if lesson.problem:
        case = SubElement(suite, "testcase", classname=lesson.lesson, name="module", file=lesson.file)
        SubElement(case, "failure", type="problem", message=lesson.problem).text = lesson.problem
    for check in lesson.checks:
        suite.append(_case(lesson, check))
    _count(suite)
    return suite


def _case(lesson: LessonResult, check: CheckResult) -> Element:
    case = Element("testcase", classname=lesson.lesson, name=check.id, file=lesson.file)
    _add_properties(case, says=check.says, group=check.group, points=check.points, max_points=check.max_points)
    if check.status == "failed":
        got = check.failure.got if check.failure else check.says
        failed = SubElement(case, "failure", type=check.group, message=got)
        failed.text = failure_text(check.failure) if check.failure else check.says
    elif check.status == "broken":
        SubElement(case, "error", type="grader", message=check.reason).text = check.reason
    elif check.status == "not_reached":
        SubElement(case, "skipped", message=check.reason)
    return case


def _add_properties(parent: Element, **values: str | int) -> None:
    properties = SubElement(parent, "properties")
    for name, value in values.items():
        SubElement(properties, "property", name=name, value=str(value))


def _count(element: Element) -> None:
    for name, path in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(len(element.findall(f".//{path}"))))
