"""`python -m course` is the `course` command."""

import sys

from course.command import main

sys.exit(main())
