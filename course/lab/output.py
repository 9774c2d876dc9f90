"""What a program prints in a run: taken in cheaply, kept at its end only, and limited as a disk would limit it."""

import errno
import io

KEPT = 20_000  # characters
MOST_AT_ONCE = 256 << 10  # that are held until all but the last are let go
MOST = 64 << 20  # characters that a run may print in all


class Output(io.StringIO):
    """Standard output and error of a run.

    Its descriptor, which `faulthandler` asks for, is one that leads nowhere.

    Raises, from `write`:
        OSError: the run has printed more than `MOST` characters (ENOSPC, as on a disk that is full).
    """

    def __init__(self) -> None:
        super().__init__()
        self._let_go = 0

    def clear(self) -> None:
        """Forget everything, for another run."""
        self.seek(0)
        self.truncate()
        self._let_go = 0

    def fileno(self) -> int:
        """The worker's standard error, which is closed in by `confinement`: to nothing."""
        return 2

    def write(self, text: str, /) -> int:
        written = super().write(text)
        if self.tell() > MOST_AT_ONCE:
            self._keep_the_end()
        return written

    def _keep_the_end(self) -> None:
        kept, printed = self.tail(), self._let_go + self.tell()
        self.clear()
        super().write(kept)
        self._let_go = printed - len(kept)
        if printed > MOST:
            raise OSError(errno.ENOSPC, f"more than {MOST} characters were printed")

    def tail(self) -> str:
        """The last characters that were printed; "" when the program has closed its output."""
        return "" if self.closed else self.getvalue()[-KEPT:]
