"""A real chronyd for tests: on loopback only, and never touching the clock.

What chronyd asks for was seen on 4.3: its socket's folder must be 0770 or stricter and belong to
the user and the group that it runs as, it wants a pidfile it can write, and without root it starts
only with -U and its own user's name. On a port that another chronyd has it starts without a word.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from tests.support.ports import free_port, loopback_addresses

READY_TIMEOUT = 60.0
SETTLED_SKEW = 1000.0  # ppm: with it the bound of the error grows by a millisecond a second
ENDED_TIMEOUT = 30.0
LIFETIME = 3600  # seconds: a chronyd whose test run was killed goes away by itself
APPARMOR = Path("/sys/module/apparmor/parameters/enabled")

# Lines for chrony.conf. Paths are relative to the directory given to Chronyd.
UNSYNCHRONIZED: tuple[str, ...] = ()
LOCAL = ("local stratum 8",)
SERVER = ("local stratum 5", "allow 127.0.0.0/8", "allow ::1")
REFCLOCK_SOCKET = "run/refclock.sock"
REFCLOCK = (f"refclock SOCK {REFCLOCK_SOCKET} refid GPS poll -2",)


def client_of(ntp_port: int, *addresses: str) -> tuple[str, ...]:
    """Return lines that synchronize to servers on loopback within a second, the first preferred.

    With equal sources chronyd would choose now one and now the other.
    """
    options = "iburst minpoll -2 maxpoll -2"
    preferred, *others = (f"server {address} port {ntp_port} {options}" for address in addresses)
    return (f"{preferred} prefer", *others)


def find_program(name: str) -> str:
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if program is None:
        raise RuntimeError(f"{name} is not installed: see scripts/get-chrony, or install chrony")
    return program


def chronyd_version() -> str:
    command = [find_program("chronyd"), "-v"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def chronyd_byte_order() -> str:
    """Return struct's sign for it, as chronyd's ELF header has it; ours, if a script starts it."""
    header = Path(find_program("chronyd")).read_bytes()[:6]
    return {b"\x7fELF\x01": "<", b"\x7fELF\x02": ">"}.get(header[:4] + header[5:], "=")


def chronyd_has_32_bits() -> bool:
    """Return whether its ELF header says so."""
    return Path(find_program("chronyd")).read_bytes()[:5] == b"\x7fELF\x01"


def run_chronyc(address: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run the real chronyc, asking at a path, or at an IP address with a port."""
    host, port = (address, "323") if address.startswith("/") else address.rsplit(":", 1)
    chronyc = [find_program("chronyc"), "-h", host.strip("[]"), "-p", port, *command]
    return subprocess.run(chronyc, check=False, capture_output=True, text=True, timeout=60)


def daemon_user() -> str | None:
    """Return the user that root should run chronyd as, the way distributions do.

    None where this is not root: chronyd and its clients are the same user then.
    """
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("_chrony", "chrony", "nobody") if name in names), None)


def _find_user(name: str | None) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name) if name else pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise RuntimeError(f"chronyd needs a user that has a name: {error}") from error


def wait_for(predicate: Callable[[], bool], timeout: float = READY_TIMEOUT) -> None:
    """Return as soon as `predicate()` holds, or raise TimeoutError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not predicate():
        if time.monotonic() > deadline:
            raise TimeoutError(f"did not come true within {timeout} s")
        time.sleep(0.01)


@contextmanager
def temporary_directory() -> Generator[Path, None, None]:
    """Make a directory of chronyd's user, and with a path short enough for sockets.

    chronyc 4.9 makes its socket there as that user, even if it is root that starts it.

    pytest's tmp_path is neither: its parents are closed to other users, and a Unix socket's path
    may have 107 characters.
    """
    with tempfile.TemporaryDirectory(prefix="chronyd-", dir="/tmp") as name:
        directory = Path(name)
        directory.chmod(0o755)
        owner = _find_user(daemon_user())
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        yield directory


class Chronyd:
    """One chronyd with its configuration, socket and log in `directory`.

    As root it runs as `daemon_user()` unless `user` names another, and as ourselves without root.
    It serves NTP where `ntp_port` is given. All addresses stay the same over a restart.
    """

    def __init__(
        self,
        directory: Path,
        *config_lines: str,
        user: str | None = None,
        ntp_port: int | None = None,
    ) -> None:
        self.directory = directory
        self.config_lines = config_lines
        self.user = _find_user(user or daemon_user())
        self.ntp_port = ntp_port
        self.port = free_port()
        self.socket_path = str(directory / "run" / "chronyd.sock")
        self.udp4 = f"127.0.0.1:{self.port}"
        self.udp6 = f"[::1]:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address it answers on; without the last one where the system has no ::1."""
        return (self.socket_path, self.udp4, self.udp6)[: 1 + len(loopback_addresses())]

    @property
    def pid(self) -> int:
        return self._require_running().pid

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    @property
    def _log_path(self) -> Path:
        return self.directory / "chronyd.log"

    def __enter__(self) -> "Chronyd":
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and return once it answers on its socket."""
        self._prepare_directory()
        with self._log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self._command(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.wait_for(self._answers)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        self.process.send_signal(signal.SIGCONT)  # a paused process would not see the SIGTERM
        try:
            self.process.wait(ENDED_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Make it silent: it takes requests and answers none until `resume`."""
        process = self._require_running()
        process.send_signal(signal.SIGSTOP)
        # The signal takes effect a little later, and an answer could come until then.
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)

    def resume(self) -> None:
        self._require_running().send_signal(signal.SIGCONT)

    def chronyc(self, *command: str, csv: bool = True) -> str:
        """Return what the real chronyc prints, asked over the Unix socket."""
        result = self._run_chronyc(*(["-c"] if csv else []), *command)
        if result.returncode != 0:
            raise RuntimeError(f"chronyc {' '.join(command)}: {result.stdout}{result.stderr}")
        return result.stdout

    def wait_for(self, predicate: Callable[[], bool], timeout: float = READY_TIMEOUT) -> None:
        """Like the function, but a failure shows chronyd's log, and its end is one at once."""

        def holds() -> bool:
            self._require_running()
            return predicate()

        try:
            wait_for(holds, timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; log of chronyd:\n{self.log}") from error

    def wait_synchronized(self, timeout: float = READY_TIMEOUT) -> None:
        """Return once its clock is disciplined and it has samples enough to judge all sources."""
        self.wait_for(lambda: self.is_disciplined() and self._knows_its_sources(), timeout)

    def is_disciplined(self) -> bool:
        """Return whether it follows a source, and knows its clock's rate: at first it does not."""
        row = self.chronyc("tracking").rstrip("\n").split(",")
        return row[-1] != "Not synchronised" and float(row[9]) < SETTLED_SKEW

    def _knows_its_sources(self) -> bool:
        missing_samples = "M"  # the first column of `chronyc -c selectdata`
        lines = self.chronyc("selectdata").splitlines()
        return not any(line.startswith(missing_samples) for line in lines)

    def _require_running(self) -> "subprocess.Popen[bytes]":
        if self.process is None:
            raise RuntimeError("this chronyd has not been started")
        if self.process.poll() is not None:
            raise RuntimeError(f"chronyd has ended; its log:\n{self.log}")
        return self.process

    def _answers(self) -> bool:
        if not Path(self.socket_path).is_socket():
            return False
        return self._run_chronyc("activity").returncode == 0

    def _run_chronyc(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return run_chronyc(self.socket_path, "-n", *command)

    def _prepare_directory(self) -> None:
        run = self.directory / "run"
        run.mkdir(exist_ok=True)
        run.chmod(0o770)
        os.chown(run, self.user.pw_uid, self.user.pw_gid)
        for leftover in ("chronyd.sock", "chronyd.pid"):  # of one that was killed
            (run / leftover).unlink(missing_ok=True)
        (self.directory / "chrony.conf").write_text("\n".join(self._config()) + "\n")

    def _config(self) -> list[str]:
        return [
            "pidfile run/chronyd.pid",
            f"bindcmdaddress {self.socket_path}",
            "bindcmdaddress 127.0.0.1",
            "bindcmdaddress ::1",
            f"cmdport {self.port}",
            "bindaddress 127.0.0.1",
            "bindaddress ::1",
            f"port {self.ntp_port or 0}",
            *self.config_lines,
        ]

    def _command(self) -> list[str]:
        unprivileged = [] if os.geteuid() == 0 else ["-U"]
        options = ["-x", "-d", "-t", str(LIFETIME), "-u", self.user.pw_name]
        return [self._program(), *options, *unprivileged, "-f", "chrony.conf"]

    def _program(self) -> str:
        """Return a chronyd that may use our directory.

        Ubuntu and Debian confine the program at /usr/sbin/chronyd, by that path, to the folders
        of the system's own chronyd. A copy of it is free.
        """
        program = find_program("chronyd")
        if not (APPARMOR.exists() and APPARMOR.read_text().startswith("Y")):
            return program
        copy = self.directory / "chronyd"
        if not copy.exists():
            shutil.copy(program, copy)
        return str(copy)


def client_files(daemon: Chronyd) -> list[Path]:
    """Return what clients have beside chronyd's socket: each its own socket, or a folder for it.

    The folder is the system's libchrony's.
    """
    return list(Path(daemon.socket_path).parent.glob("libchrony.*"))
