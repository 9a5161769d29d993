; files.s - writing, appending to and reading a file
;
; Shows:  OPEN, WRITE, READ, SEEK, FILE_SIZE and CLOSE; a descriptor is the number by which an open file is known;
;         every call can fail, and says so with -1.
; Try:    read the file line by line; copy it to another one. Files lie in the current directory, or in the one
;         given with --fsroot, and the program cannot reach any other.
; Run:    emu run samples/files.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    OPEN, 0x10
        .equ    CLOSE, 0x11
        .equ    READ, 0x12
        .equ    WRITE, 0x13
        .equ    SEEK, 0x14
        .equ    FILE_SIZE, 0x16

; ways to open a file
        .equ    FOR_READING, 0
        .equ    FOR_WRITING, 1          ; makes the file, or empties it
        .equ    FOR_APPENDING, 2

        .equ    FROM_START, 0           ; ways to seek
        .equ    ROOM, 16                ; bytes to read at a time: small, so that the loop has something to do

        .org    0x8000

; write two lines
_start: LDR     R0, =name
        MOV     R1, #FOR_WRITING
        BL      open
        MOV     R4, R0                  ; R4 = the descriptor
        LDR     R1, =first
        BL      write_text
        MOV     R0, R4
        LDR     R1, =second
        BL      write_text
        MOV     R0, R4
        SWI     #CLOSE

; append a third
        LDR     R0, =name
        MOV     R1, #FOR_APPENDING
        BL      open
        MOV     R4, R0
        LDR     R1, =third
        BL      write_text
        MOV     R0, R4
        SWI     #CLOSE

; how large is it now?
        LDR     R0, =name
        MOV     R1, #FOR_READING
        BL      open
        MOV     R4, R0
        SWI     #FILE_SIZE
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =bytes
        SWI     #WRITE_STRING

; print all of it
read_on:
        MOV     R0, R4
        LDR     R1, =buffer
        MOV     R2, #ROOM
        SWI     #READ                   ; R0 := number of bytes, or -1 at the end of the file
        CMP     R0, #0
        BLE     all_read
        MOV     R2, R0
        MOV     R0, #1                  ; descriptor 1 is the standard output
        SWI     #WRITE                  ; buffer and count are still in R1 and R2
        B       read_on
all_read:

; go back to the second line, and read one word of it
        MOV     R0, R4
        MOV     R1, #second - first     ; as many bytes as the first line has, and its zero byte,
        SUB     R1, R1, #1              ; which was not written
        MOV     R2, #FROM_START
        SWI     #SEEK
        MOV     R0, R4
        LDR     R1, =buffer
        MOV     R2, #6
        SWI     #READ
        MOV     R3, #0
        STRB    R3, [R1, R0]            ; make it a string
        LDR     R0, =word_found
        SWI     #WRITE_STRING
        LDR     R0, =buffer
        SWI     #WRITE_STRING
        LDR     R0, =end_of_line
        SWI     #WRITE_STRING
        MOV     R0, R4
        SWI     #CLOSE

; a file that is not there
        LDR     R0, =missing
        MOV     R1, #FOR_READING
        BL      open
        MOV     R0, #0
        SWI     #EXIT

; open - R0 := a descriptor for the file with the name R0, opened as R1 says; or ends the program with a message
open:   MOV     R2, R0
        SWI     #OPEN
        CMP     R0, #0
        BXGE    LR
        LDR     R0, =cannot_open
        SWI     #WRITE_STRING
        MOV     R0, R2
        SWI     #WRITE_STRING
        LDR     R0, =end_of_line
        SWI     #WRITE_STRING
        MOV     R0, #0                  ; (a real program would end with another code than 0)
        SWI     #EXIT

; write_text - writes the string at R1 to the file with descriptor R0; changes R0, R2 and R3
write_text:
        MOV     R2, #0                  ; R2 := its length
measure:
        LDRB    R3, [R1, R2]
        CMP     R3, #0
        ADDNE   R2, R2, #1
        BNE     measure
        SWI     #WRITE
        BX      LR

name:   .asciz  "emu_sample.txt"
missing:
        .asciz  "no_such_file.txt"
first:  .asciz  "The first line.\n"
second: .asciz  "Second line.\n"
third:  .asciz  "A third one, appended.\n"
bytes:  .asciz  " bytes:\n"
word_found:
        .asciz  "found again: "
cannot_open:
        .asciz  "cannot open "
end_of_line:
        .asciz  "\n"
buffer: .space  ROOM + 1
