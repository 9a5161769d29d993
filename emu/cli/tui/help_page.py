"""What F1 shows."""

from __future__ import annotations

LINES = (
    "F1          this page",
    "F5          start the program, or go on",
    "F6          bring the PC back into Source and Disassembly",
    "F9          set or remove a breakpoint: at the selected line of Source or Disassembly, else at the PC",
    "F10, F11    next: one instruction, or one call; step: one instruction. In a C file in Source: one line",
    "Shift-F11   finish: until the function has returned",
    "Ctrl-C      stop the running program; twice: leave",
    "Ctrl-L      draw the screen anew",
    "",
    "Tab         the next panel; completes the word in Command when something is typed there",
    "Shift-Tab   the panel before",
    "arrows, PgUp, PgDn, Home, End   move in the panel; in Command, up and down bring back earlier commands",
    "Enter       in Command: carry it out; nothing typed repeats the last one",
    "            in Program Input: give the line to the program; Ctrl-D on an empty line ends its input",
    "mouse       the wheel scrolls, a click focuses; beside a line of Source it sets or removes a breakpoint",
    "",
    "Commands are those of the prompt: `help` lists them, `help break` explains one. Here are two more:",
    "memory PLACE   show PLACE in Memory and stay there; `memory` alone follows what is written again",
    "stop           as Ctrl-C",
    "While the program runs, only stop, info, print, help and quit are carried out.",
    "",
    "->  comes next     *  breakpoint, o disabled     <name>  label     coloured: changed by the last command",
)
