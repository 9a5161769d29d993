; hash_table.s - counting words with a hash table
;
; Shows:  a hash function, chains of nodes, strings as keys; the table finds a word without looking at all others.
; Try:    4 buckets, and see the chains grow; another text.
; Run:    emu run samples/hash_table.s

        .equ    EXIT, 0x00
        .equ    WRITE_CHAR, 0x01
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07
        .equ    ALLOCATE, 0x20

        .equ    BUCKETS, 8              ; a power of two

; a node
        .equ    NEXT, 0                 ; the next node of the chain, 0 at the end
        .equ    COUNT, 4                ; how often the word was seen
        .equ    WORD, 8                 ; address of the word
        .equ    NODE_SIZE, 12

        .org    0x8000

_start: LDR     R4, =text               ; R4 = the next character

; cut the text into words: each blank becomes the zero that ends a string
find_word:
        LDRB    R0, [R4]
        CMP     R0, #0
        BEQ     finished
        CMP     R0, #' '
        ADDEQ   R4, R4, #1
        BEQ     find_word
        MOV     R5, R4                  ; R5 = the beginning of a word
find_end:
        LDRB    R0, [R4, #1]!
        CMP     R0, #0
        CMPNE   R0, #' '
        BNE     find_end
        CMP     R0, #' '
        MOVEQ   R0, #0
        STRBEQ  R0, [R4], #1
        MOV     R0, R5
        BL      count_word
        B       find_word

finished:
        BL      print_table
        MOV     R0, #0
        SWI     #EXIT

; count_word - adds 1 to the count of the word at R0
count_word:
        PUSH    {R4-R6, LR}
        MOV     R4, R0                  ; R4 = the word
        BL      hash
        LDR     R5, =buckets
        ADD     R5, R5, R0, LSL #2      ; R5 = address of the pointer to the chain
        LDR     R6, [R5]                ; R6 = the node in question
look:   CMP     R6, #0
        BEQ     new_word
        MOV     R0, R4
        LDR     R1, [R6, #WORD]
        BL      equal
        CMP     R0, #0
        LDREQ   R6, [R6, #NEXT]
        BEQ     look
        LDR     R0, [R6, #COUNT]
        ADD     R0, R0, #1
        STR     R0, [R6, #COUNT]
        POP     {R4-R6, PC}
new_word:
        MOV     R0, #NODE_SIZE
        SWI     #ALLOCATE
        CMP     R0, #0
        BEQ     heap_full
        STR     R4, [R0, #WORD]
        MOV     R1, #1
        STR     R1, [R0, #COUNT]
        LDR     R1, [R5]                ; the new node goes to the front of the chain
        STR     R1, [R0, #NEXT]
        STR     R0, [R5]
heap_full:
        POP     {R4-R6, PC}

; hash - R0 := the bucket of the string at R0: h := h * 31 + character, the lowest bits of it; changes R1 and R2
hash:   MOV     R1, #0
hash_next:
        LDRB    R2, [R0], #1
        CMP     R2, #0
        RSBNE   R1, R1, R1, LSL #5      ; h * 32 - h
        ADDNE   R1, R1, R2
        BNE     hash_next
        AND     R0, R1, #BUCKETS - 1
        BX      LR

; equal - R0 := 1 if the strings at R0 and R1 are the same, else 0; changes R1-R3
equal:  LDRB    R2, [R0], #1
        LDRB    R3, [R1], #1
        CMP     R2, R3
        MOVNE   R0, #0
        BXNE    LR
        CMP     R2, #0
        BNE     equal
        MOV     R0, #1
        BX      LR

; print_table - prints each bucket with its chain; changes R0-R3
print_table:
        LDR     R2, =buckets
        MOV     R3, #0                  ; R3 = number of the bucket
print_bucket:
        LDR     R0, =text_bucket
        SWI     #WRITE_STRING
        MOV     R0, R3
        MOV     R1, #10
        SWI     #WRITE_INT
        MOV     R0, #':'
        SWI     #WRITE_CHAR
        LDR     R12, [R2, R3, LSL #2]
print_chain:
        CMP     R12, #0
        BEQ     chain_end
        MOV     R0, #' '
        SWI     #WRITE_CHAR
        LDR     R0, [R12, #WORD]
        SWI     #WRITE_STRING
        MOV     R0, #'='
        SWI     #WRITE_CHAR
        LDR     R0, [R12, #COUNT]
        SWI     #WRITE_INT
        LDR     R12, [R12, #NEXT]
        B       print_chain
chain_end:
        SWI     #WRITE_NEWLINE
        ADD     R3, R3, #1
        CMP     R3, #BUCKETS
        BLO     print_bucket
        BX      LR

text_bucket:
        .asciz  "bucket "
text:   .ascii  "a sailor went to sea sea sea to see what he could see see see "
        .asciz  "but all that he could see see see was the bottom of the deep blue sea sea sea"

        .align  2
buckets:
        .space  BUCKETS * 4
