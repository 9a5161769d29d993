"""How semantics are executed. Every engine gives the same state after the same number of instructions."""
