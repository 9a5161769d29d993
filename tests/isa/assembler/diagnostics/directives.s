        .org                             ;; 9 operand-count: .org needs an address
        .org  later                      ;; 15 not-constant: later is not a known constant here | the place of everything behind this line depends on it: define it first
        .org  -4                         ;; 15 value-range: -4 is no address
        .org  0x8000, 1                  ;; 23 operand-count: .org takes at most 1 value
        .org  0x8000
        .word                            ;; 9 operand-count: .word needs at least one value
        .word 1,                         ;; 16 syntax: there is nothing after this comma
        .word 1,, 2                      ;; 17 syntax: expected a number or a name, not ','
        .word 4294967296                 ;; 15 value-range: 4294967296 does not fit in 32 bits
        .word -2147483649                ;; 15 value-range: -2147483649 does not fit in 32 bits
        .byte 255, 256, -128, -129       ;; 20 warning truncated-value: 256 does not fit in 8 bits and becomes 0 | -128 to 255 fits ;; 31 warning truncated-value: -129 does not fit in 8 bits and becomes 127 | -128 to 255 fits
        .half 65535, 65536, -32768, -32769 ;; 22 warning truncated-value: 65536 does not fit in 16 bits and becomes 0 | -32768 to 65535 fits ;; 37 warning truncated-value: -32769 does not fit in 16 bits and becomes 32767 | -32768 to 65535 fits
        .byte 'ab'                       ;; 15 literal: a character is exactly one byte, this is 2 bytes | a text goes into .ascii or .asciz
        .byte "A", "AB"                  ;; 20 literal: a character is exactly one byte, this is 2 bytes | a text goes into .ascii or .asciz
        .space                           ;; 9 operand-count: .space needs a size
        .space -1                        ;; 16 value-range: cannot reserve -1 bytes
        .space later                     ;; 16 not-constant: later is not a known constant here | the place of everything behind this line depends on it: define it first
        .space 1, 2, 3                   ;; 22 operand-count: .space takes at most 2 values
        .space 0x80000001                ;; 16 value-range: cannot reserve 2147483649 bytes
        .align 32                        ;; 16 value-range: .align takes a power of two from 0 to 31 | for a multiple of 32 write .balign 32
        .align -1                        ;; 16 value-range: .align takes a power of two from 0 to 31
        .align 16384                     ;; 16 value-range: .align takes a power of two from 0 to 31 | for a multiple of 16384 write .balign 16384
        .balign 0                        ;; 17 value-range: 0 is not a power of two | write 1, 2, 4, 8, 16 ...
        .balign 3                        ;; 17 value-range: 3 is not a power of two | write 1, 2, 4, 8, 16 ...
        .balign                          ;; 9 operand-count: .balign needs a number of bytes
        .fill                            ;; 9 operand-count: .fill needs a count
        .fill 1, 9, 0                    ;; 18 value-range: an element has 0 to 8 bytes, not 9
        .fill -1                         ;; 15 value-range: cannot reserve -1 bytes
        .asciz                           ;; 9 operand-count: .asciz needs a string
        .ascii "a",                      ;; 19 syntax: there is nothing after this comma
        .ascii 5                         ;; 16 syntax: expected a string, not '5' | a string stands in quotes
        .global                          ;; 9 operand-count: .global needs a name
        .global 5                        ;; 17 syntax: expected a name, not '5'
        .global main main2               ;; 22 syntax: expected a comma or the end of the statement, not 'main2'
        .text 5                          ;; 15 syntax: expected the end of the statement, not '5'
        .code 16                         ;; 15 value-range: there is only ARM code here, no Thumb | write .code 32
        .ltorg 4                         ;; 16 syntax: expected the end of the statement, not '4'
        .include                         ;; 9 include: .include needs a file name | write .include "file.s"
        .include "x.s                    ;; 9 include: .include needs a file name | write .include
        .include "x.s" y                 ;; 24 syntax: expected the end of the statement, not 'y'
        .include "x.s"                   ;; 18 include: this source has no directory that files could be included from
later:  .size main, . - main
        .type main, %function
        .syntax unified
