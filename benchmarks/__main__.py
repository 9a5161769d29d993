"""`python -m benchmarks`: every measurement, one after the other."""

from __future__ import annotations

from benchmarks import assembling, cold_start, debugging, delivery, elf_start, engines, native, traces

if __name__ == "__main__":
    engines.main()
    print()
    native.main()
    print()
    assembling.main()
    print()
    cold_start.main()
    print()
    elf_start.main()
    print()
    delivery.main()
    print()
    traces.main()
    print()
    debugging.main()
