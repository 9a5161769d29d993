; palindromes.s - finding palindromes in the input
;
; Shows:  reading lines until the input ends; two pointers that walk towards each other and skip everything that
;         is not a letter; letters without regard to their case.
; Try:    let digits count as well.
; Run:    emu run samples/palindromes.s < samples/palindromes.in

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    READ_STRING, 0x05

        .equ    ROOM, 128               ; bytes for a line

        .org    0x8000

_start: LDR     R0, =line
        MOV     R1, #ROOM
        SWI     #READ_STRING            ; R0 := length of the line, or -1 at the end of the input
        CMP     R0, #0
        BLT     done
        BEQ     _start                  ; an empty line

        LDR     R4, =line
        ADD     R1, R4, R0
        SUB     R1, R1, #1              ; R1 = the last character
        MOV     R0, R4                  ; R0 = the first
        BL      palindrome
        CMP     R0, #0
        LDRNE   R0, =yes
        LDREQ   R0, =no
        SWI     #WRITE_STRING
        MOV     R0, R4
        SWI     #WRITE_STRING
        LDR     R0, =end_of_line
        SWI     #WRITE_STRING
        B       _start

done:   MOV     R0, #0
        SWI     #EXIT

; palindrome - R0 := 1 if the characters from R0 to R1 (inclusive) read the same in both directions, else 0
palindrome:
        PUSH    {R4-R6, LR}
        MOV     R4, R0
        MOV     R5, R1
from_left:
        CMP     R4, R5
        BHS     is_one                  ; they have met and found no difference
        LDRB    R0, [R4], #1
        BL      letter
        CMP     R0, #0
        BEQ     from_left
        MOV     R6, R0
from_right:
        CMP     R5, R4
        BLO     is_one
        LDRB    R0, [R5], #-1
        BL      letter
        CMP     R0, #0
        BEQ     from_right
        CMP     R0, R6
        BEQ     from_left
        MOV     R0, #0
        POP     {R4-R6, PC}
is_one: MOV     R0, #1
        POP     {R4-R6, PC}

; letter - R0 := the small letter for the letter R0, or 0 if R0 is none; changes R1
letter: ORR     R0, R0, #0x20           ; capitals become small letters
        SUB     R1, R0, #'a'
        CMP     R1, #25                 ; one unsigned comparison tests both ends of a range
        MOVHI   R0, #0
        BX      LR

yes:    .asciz  "yes: "
no:     .asciz  "no:  "
end_of_line:
        .asciz  "\n"
line:   .space  ROOM
