"""All benchmarks, one after the other, each in a process of its own; then the tables of README.md are written anew."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks import readme
from benchmarks.house import arguments

# The ones that time single requests first: what writes gigabytes leaves a disk that is busy for a while.
MODULES = ("footprint", "streams", "inbox", "live_path", "imports")


def main() -> int:
    args = arguments(__doc__ or "")
    failed = []
    for name in MODULES:
        print(f"\n── {name} ──", flush=True)
        began = time.perf_counter()
        words = ["--size", args.size, "--out", str(args.out)]
        ended = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *words], check=False)
        print(f"({time.perf_counter() - began:,.0f} s)", flush=True)
        if ended.returncode:
            failed.append(name)
    readme.write(args.out)
    if failed:
        print(f"did not come to an end: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
