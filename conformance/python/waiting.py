"""Waiting for what a server does in its own time."""

import sys
import time

PATIENCE_SECONDS = 60


def wait_for(look, what):
    """Asks again until there is an answer."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f"{what} did not come within {PATIENCE_SECONDS} s")
