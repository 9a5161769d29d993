; The pool at the end has no line of its own.
        .org    0x8000
_start: LDR     R0, =0x12345678
        SWI     #3                      ;; 9 warning POOL_FALLTHROUGH: execution can fall into the literal pool
