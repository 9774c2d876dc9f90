"""What a program prints while it is graded."""

import io


class Output(io.StringIO):
    """Keeps what is printed. Who asks for its descriptor, as `faulthandler` does, gets one that leads nowhere."""

    def fileno(self) -> int:
        """The worker's standard error, which is closed in by `confinement`: to nothing."""
        return 2
