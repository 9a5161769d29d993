"""What a program did or might do, derived from the same lifted operations that execute it."""
