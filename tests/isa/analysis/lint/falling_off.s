; The exit call is missing.
        .org    0x8000
_start: MOV     R0, #1
        BL      function
        B       last
function:
        MOV     PC, LR
last:   SWI     #3                      ;; 9 warning DATA_FALLTHROUGH: execution can run past the end of the program
