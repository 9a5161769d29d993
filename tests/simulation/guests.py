"""Small programs that between them do everything a session can be seen doing."""

from __future__ import annotations

EXIT = "        mov     r0, #0\n        swi     #0x00\n"

SILENT = "_start:\n" + EXIT

HELLO = (
    "_start:\n        ldr     r0, =text\n        swi     #0x02\n" + EXIT + 'text:   .asciz  "gr\u00fc\u00df dich\\n"\n'
)

COUNTING = """
_start: mov     r4, #{count}
loop:   mov     r0, r4
        mov     r1, #10
        swi     #0x03
        mov     r0, #10
        swi     #0x01
        subs    r4, r4, #1
        bne     loop
        mov     r0, #3
        swi     #0x00
"""

ECHO = """
_start: ldr     r0, =line
        mov     r1, #64
        swi     #0x05
        ldr     r0, =line
        swi     #0x02
        swi     #0x07
        b       _start
line:   .space  80
"""

CALLING = """
_start: mov     r4, #3
again:  bl      say
        subs    r4, r4, #1
        bne     again
        mov     r0, #0
        swi     #0x00
say:    mov     r0, #46
        swi     #0x01
        mov     pc, lr
"""

FAULTING = """
_start: mov     r0, #33
        swi     #0x01
        mov     r1, #0x10000000
        ldr     r0, [r1]
"""

BREAKING = "_start: mov     r0, #66\n        swi     #0x01\n        swi     #0xF1\n" + EXIT

ASKING = """
_start: swi     #0x30
        mov     r1, #10
        swi     #0x03
        swi     #0x31
        swi     #0x03
        mov     r0, #10
        swi     #0x01
        mov     r0, #0
        swi     #0x00
"""

ENDLESS = "_start: mov     r0, #1\n        b       _start\n"

WRONG = "_start: frobnicate r0\n"

ALL = (
    SILENT,
    HELLO,
    COUNTING.format(count=5),
    COUNTING.format(count=60),
    ECHO,
    CALLING,
    FAULTING,
    BREAKING,
    ASKING,
    ENDLESS,
    WRONG,
)
