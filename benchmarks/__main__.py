"""`make bench`: every benchmark after the other, or only those named in ARGS."""

from __future__ import annotations

import subprocess
import sys

ALL = (
    "issue_stage",
    "charging",
    "desk",
    "renewal_cpu",
    "capacity",
    "revenue",
    "reports_at_scale",
    "sandbox_flat_cost",
)


def main() -> int:
    """Run each in a process of its own; the number of those that did not end well."""
    failed = 0
    for name in sys.argv[1:] or ALL:
        print(f"\n== {name}", flush=True)
        failed += subprocess.call([sys.executable, "-m", f"benchmarks.{name}"]) != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
