"""What a guest's system calls mean, without performing any of them.

A service call is a generator of effects (`effects.py`). Whoever drives the machine performs each effect and sends the
answer back: the command line on real files, a session on its own console, a replay from its log. So everything that
influences a program from outside enters at one place, in an order that can be written down.
"""
