"""What a debugger knows: expressions, breakpoints, watchpoints, value history, stepping over and out. No I/O, no
clock.
"""
