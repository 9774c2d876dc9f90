"""`python -m course` is the `course` command."""

import sys

if not sys.flags.safe_path:
    sys.path.pop(0)  # the folder that this was started in, which may be a submission: nothing of it is imported

from course.command import main

sys.exit(main())
