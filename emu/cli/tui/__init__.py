"""`emu debug --tui`: the full-screen debugger.

Four layers, each of which can be tested without the one above it: `emu.debugger.panels` says what each panel shows;
`interface` knows focus, keys, mouse and layout, and draws a picture of styled text; `application` carries out what was
asked for, with the program in a worker thread; `surface` puts pictures on a terminal and reads keys from it.
"""
