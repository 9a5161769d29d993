"""`python -m benchmarks [--quick]`: every measurement, one after the other, and how long each took."""

from __future__ import annotations

import sys
import time

from benchmarks import assembling, busy_server, cold_start, delivery, engines, native

if __name__ == "__main__":
    quick = ["--quick"] if "--quick" in sys.argv else []
    for name, measure in (
        ("engines", engines.main),
        ("native", lambda: native.main(quick)),
        ("assembling", assembling.main),
        ("cold start", cold_start.main),
        ("delivery", delivery.main),
        ("busy server", lambda: busy_server.main(quick)),
    ):
        start = time.perf_counter()
        measure()
        print(f"-- {name} took {time.perf_counter() - start:.0f} s\n", flush=True)
