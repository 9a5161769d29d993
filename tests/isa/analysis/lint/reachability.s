; Code that is reached in every way that there is, and code that is not.
        .org    0x8000
_start: MOV     R0, #1
        BL      function                ; calls return
        BLEQ    function
        CMP     R0, #3
        LDRLS   PC, [PC, R0, LSL #2]    ; a table of addresses
        B       after_table
        .word   case0, case1
case0:  B       after_table
        MOV     R0, #1                  ;; 9 warning UNREACHABLE_CODE: this is never executed: execution does not go on behind line 10
case1:  BEQ     after_table
        MOV     R0, #2
after_table:
        LDR     R1, =pointed            ; a pointer to a function
        BLX     R1
        MOV     LR, PC                  ; a call without BL: the return address is computed
        MOV     PC, R1
        LDRB    R1, [R0]
        ADD     PC, PC, R0, LSL #2      ; a table of branches, behind a filler
        NOP
        B       branch0
        B       branch1
branch0:
        BX      LR
        NOP                             ;; 9 warning UNREACHABLE_CODE: this is never executed: execution does not go on behind line 25
        NOP
branch1:
        SWIEQ   #0
        MOV     R0, #0
        SWI     #0
        MOV     R0, #0                  ;; 9 warning UNREACHABLE_CODE: this is never executed: execution does not go on behind line 31

function:
        PUSH    {LR}
        POP     {PC}
        MOV     R0, #0                  ;; 9 warning UNREACHABLE_CODE: this is never executed: execution does not go on behind line 36
pointed:
        MOV     PC, LR
circle: BL      function                ;; 9 warning UNREACHABLE_CODE: nothing that is executed leads to circle
        B       circle
unused: MOV     R0, #1                  ;; 1 warning UNUSED_LABEL: nothing refers to the label unused
        BX      LR
        MOV     R0, #1                  ; a part of what is unused
