"""What the debugger's commands do, a module for each group. Each module has its functions by name in `FUNCTIONS`.

A function takes the debugger and what follows the command's word. It returns what to say, or is a generator of
requests that does; it raises DebuggerError or ExpressionError for what it cannot do.
"""
