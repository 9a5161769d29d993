; word_count.s - counting lines, words and characters
;
; Shows:  reading whole blocks with READ from descriptor 0, a state (inside or outside of a word) kept in a
;         register.
; Try:    count the letters only; find the longest word.
; Run:    emu run samples/word_count.s < samples/word_count.in

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    READ, 0x12

        .equ    STDIN, 0
        .equ    BLOCK, 512

        .org    0x8000

_start: MOV     R4, #0                  ; R4 = lines
        MOV     R5, #0                  ; R5 = words
        MOV     R6, #0                  ; R6 = characters
        MOV     R7, #0                  ; R7 = 1 inside of a word

read:   MOV     R0, #STDIN
        LDR     R1, =block
        MOV     R2, #BLOCK
        SWI     #READ                   ; R0 := number of bytes, or -1 at the end
        CMP     R0, #0
        BLE     report
        ADD     R6, R6, R0
        LDR     R1, =block
        ADD     R2, R1, R0              ; R2 = behind the last byte read

scan:   LDRB    R3, [R1], #1
        CMP     R3, #'\n'
        ADDEQ   R4, R4, #1
        CMP     R3, #' '                ; blanks, tabs and line ends are the characters up to the blank
        MOVLS   R7, #0
        BLS     scan_more
        CMP     R7, #0                  ; a word begins where the previous character was outside
        ADDEQ   R5, R5, #1
        MOVEQ   R7, #1
scan_more:
        CMP     R1, R2
        BLO     scan
        B       read

report: MOV     R1, #10
        MOV     R0, R4
        SWI     #WRITE_INT
        LDR     R0, =lines
        SWI     #WRITE_STRING
        MOV     R0, R5
        SWI     #WRITE_INT
        LDR     R0, =words
        SWI     #WRITE_STRING
        MOV     R0, R6
        SWI     #WRITE_INT
        LDR     R0, =characters
        SWI     #WRITE_STRING

        MOV     R0, #0
        SWI     #EXIT

lines:  .asciz  " lines\n"
words:  .asciz  " words\n"
characters:
        .asciz  " characters\n"
block:  .space  BLOCK
