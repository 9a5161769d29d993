        .org  0x8000
        MOV   R0, $5                     ;; 19 unexpected-character: unexpected character '$' | hexadecimal numbers are written 0xFF
        MOV   R0, #0x                    ;; 20 number: 0x is not a number
        MOV   R0, #089                   ;; 20 number: 089 is not a number | a leading 0 makes a number octal: its digits are 0 to 7
        MOV   R0, #12ab                  ;; 20 number: 12ab is not a number
        MOV   R0, #0FFh                  ;; 20 number: 0FFh is not a number | hexadecimal numbers are written 0xFF
        MOV   R0, #1.5                   ;; 20 number: 1.5 is not a number | there are only whole numbers
        MOV   R0, #1_000                 ;; 20 number: 1_000 is not a number | digits stand without separators
        MOV   R0, #4294967296            ;; 20 value-range: 4294967296 does not fit in 32 bits
        MOV   R0, #99999999999999999999999999999999999999999999999999 ;; 20 value-range: 99999999999999999999... does not fit in 32 bits
        MOV   R0, #'ab'                  ;; 20 literal: a character is exactly one byte, this is 2 bytes | a text goes into .ascii or .asciz
        MOV   R0, #''                    ;; 20 literal: a character is exactly one byte, this is no byte
        MOV   R0, #'\q'                  ;; 21 invalid-escape: invalid escape sequence
        MOV   R0, #'\x1'                 ;; 21 invalid-escape: invalid escape sequence
        MOV   R0, ?                      ;; 19 unexpected-character: unexpected character '?'
        MOV   R0, \reg                   ;; 19 unexpected-character: unexpected character '\' | a macro parameter is only known inside its macro, by its exact name
        : MOV R0, #1                     ;; 9 syntax: expected a label, an instruction or a directive, not ':' | a label is a name and a colon
        = 5                              ;; 9 syntax: expected a label, an instruction or a directive, not '='
text:   .ascii "fine", 'fine', "it's"
        .ascii "a\qb"                    ;; 18 warning invalid-escape: invalid escape sequence: the backslash stays in the text | write \\ for a backslash
        .ascii "\400"                    ;; 17 warning invalid-escape: invalid escape sequence: the backslash stays in the text | write \\ for a backslash
        .ascii not_a_string              ;; 16 syntax: expected a string, not 'not_a_string' | a string stands in quotes
        .ascii "one" "two"               ;; 22 syntax: expected a comma or the end of the statement, not '"two"'
        .ascii "not closed               ;; 16 unterminated-literal: this literal has no closing
