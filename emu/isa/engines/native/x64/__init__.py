"""Machine code for x86-64 without a compiler: ready at once, so that nobody waits for LLVM."""
