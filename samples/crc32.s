; crc32.s - checksums of texts with CRC-32
;
; Shows:  dividing polynomials whose coefficients are bits: shift right, and EOR whenever a 1 falls out into the
;         carry flag. A table of 256 words, made at the start, then does eight of these steps at once.
; Try:    change one letter of a text; compare with gzip, or with zlib.crc32 in Python.
; Run:    emu run samples/crc32.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_NEWLINE, 0x07

        .equ    POLYNOMIAL, 0xEDB88320

        .org    0x8000

_start: BL      make_table
        LDR     R6, =texts
next:   LDR     R5, [R6], #4            ; R5 = the text
        CMP     R5, #0
        BEQ     done
        MOV     R0, R5
        BL      crc_by_bits
        MOV     R4, R0                  ; R4 = the checksum
        BL      print_hex
        MOV     R0, R5
        BL      crc_by_table
        CMP     R0, R4                  ; both ways must agree
        LDREQ   R0, =blank
        LDRNE   R0, =differs
        SWI     #WRITE_STRING
        MOV     R0, R5
        SWI     #WRITE_STRING
        SWI     #WRITE_NEWLINE
        B       next

done:   MOV     R0, #0
        SWI     #EXIT

; crc_by_bits - R0 := the checksum of the string at R0, bit by bit; changes R1-R3 and R12
crc_by_bits:
        LDR     R12, =POLYNOMIAL
        MVN     R1, #0                  ; R1 = the checksum: it starts with all ones
bits_next:
        LDRB    R2, [R0], #1
        CMP     R2, #0
        MVNEQ   R0, R1                  ; and ends with all bits turned over
        BXEQ    LR
        EOR     R1, R1, R2
        MOV     R3, #8
bit:    MOVS    R1, R1, LSR #1          ; C := the bit that falls out
        EORCS   R1, R1, R12
        SUBS    R3, R3, #1
        BNE     bit
        B       bits_next

; make_table - for each byte, what eight steps turn it into; changes R0-R3 and R12
make_table:
        LDR     R0, =table
        LDR     R12, =POLYNOMIAL
        MOV     R1, #0                  ; R1 = the byte
table_next:
        MOV     R2, R1
        MOV     R3, #8                  ; R3 = steps left
table_bit:
        MOVS    R2, R2, LSR #1
        EORCS   R2, R2, R12
        SUBS    R3, R3, #1
        BNE     table_bit
        STR     R2, [R0, R1, LSL #2]
        ADD     R1, R1, #1
        CMP     R1, #256
        BLO     table_next
        BX      LR

; crc_by_table - R0 := the checksum of the string at R0, byte by byte; changes R1-R3 and R12
crc_by_table:
        LDR     R12, =table
        MVN     R1, #0
byte_next:
        LDRB    R2, [R0], #1
        CMP     R2, #0
        MVNEQ   R0, R1
        BXEQ    LR
        EOR     R2, R2, R1
        AND     R2, R2, #0xFF
        LDR     R3, [R12, R2, LSL #2]
        EOR     R1, R3, R1, LSR #8
        B       byte_next

; print_hex - prints R0 as eight hexadecimal digits; changes R0-R3
print_hex:
        MOV     R2, R0
        MOV     R3, #8
hex_digit:
        MOV     R2, R2, ROR #28
        AND     R0, R2, #15
        CMP     R0, #10
        ADDLO   R0, R0, #'0'
        ADDHS   R0, R0, #'A' - 10
        SWI     #WRITE_CHAR
        SUBS    R3, R3, #1
        BNE     hex_digit
        BX      LR

blank:  .asciz  "  "
differs:
        .asciz  "  (the table says something else!)  "

check:  .asciz  "123456789"
fox:    .asciz  "The quick brown fox jumps over the lazy dog"
foz:    .asciz  "The quick brown foz jumps over the lazy dog"
nothing:
        .asciz  ""

        .align  2
texts:  .word   check, fox, foz, nothing
        .word   0                       ; the end
table:  .space  256 * 4
