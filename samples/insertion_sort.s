; insertion_sort.s - sorting names by moving their addresses
;
; Shows:  an array of pointers, comparing strings, LDR and STR with post-index; the names themselves stay in
;         their places.
; Try:    add your own name; sort by length.
; Run:    emu run samples/insertion_sort.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_NEWLINE, 0x07

        .org    0x8000

_start: LDR     R0, =names
        LDR     R1, =names_end
        BL      insertion_sort

        LDR     R4, =names
        LDR     R5, =names_end
print:  LDR     R0, [R4], #4            ; R0 := address of the next name
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE
        CMP     R4, R5
        BLO     print

        MOV     R0, #0
        SWI     #EXIT

; insertion_sort - sorts the pointers to strings from R0 up to R1 (exclusive)
;   Takes one element after the other and moves larger ones on until there is a hole where it belongs.
insertion_sort:
        PUSH    {R4-R8, LR}
        MOV     R4, R0                  ; R4 = the first
        MOV     R5, R1                  ; R5 = behind the last
        ADD     R6, R4, #4              ; R6 = the first that is not yet in order
take:   CMP     R6, R5
        BHS     all_in_order
        LDR     R7, [R6]                ; R7 = the element to insert
        MOV     R8, R6                  ; R8 = the hole it leaves
move:   CMP     R8, R4
        BEQ     insert                  ; the hole has come to the very beginning
        LDR     R0, [R8, #-4]
        MOV     R1, R7
        BL      compare
        CMP     R0, #0
        LDRGT   R0, [R8, #-4]           ; the one before the hole is larger:
        STRGT   R0, [R8], #-4           ; move it into the hole, which goes down by one
        BGT     move
insert: STR     R7, [R8]
        ADD     R6, R6, #4
        B       take
all_in_order:
        POP     {R4-R8, PC}

; compare - R0 := negative, 0 or positive, as the string at R0 is before, equal to or after the one at R1;
;   changes R1, R2 and R3
compare:
        LDRB    R2, [R0], #1
        LDRB    R3, [R1], #1
        CMP     R2, R3
        BNE     different
        CMP     R2, #0                  ; the same character: is it the end of both?
        BNE     compare
different:
        SUB     R0, R2, R3              ; a string that ends early has its zero here, and comes first
        BX      LR

turing: .asciz  "Alan Turing"
wilson: .asciz  "Sophie Wilson"
lovelace:
        .asciz  "Ada Lovelace"
hopper: .asciz  "Grace Hopper"
furber: .asciz  "Steve Furber"
zuse:   .asciz  "Konrad Zuse"
noether:
        .asciz  "Emmy Noether"
hamilton:
        .asciz  "Margaret Hamilton"
alan:   .asciz  "Alan"
knuth:  .asciz  "Donald Knuth"

        .align  2
names:  .word   turing, wilson, lovelace, hopper, furber
        .word   zuse, noether, hamilton, alan, knuth
names_end:
