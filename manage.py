#!/usr/bin/env python
"""Run a management command of Archibald Sync."""

import atexit
import gc
import os
import sys


def main() -> None:
    # Nearly all that imports and lists make is kept until the end. Looking for garbage among it again and
    # again, and once more at the end, would take a tenth of a sync's time.
    gc.set_threshold(200_000)
    atexit.register(gc.freeze)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archibald.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415  # collects less from here on

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
