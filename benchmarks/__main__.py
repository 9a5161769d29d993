"""`python -m benchmarks`: every measurement, one after the other."""

from __future__ import annotations

from benchmarks import cold_start

if __name__ == "__main__":
    cold_start.main()
