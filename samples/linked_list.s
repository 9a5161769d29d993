; linked_list.s - a linked list on the heap
;
; Shows:  ALLOCATE and FREE, nodes with a value and a pointer, reversing a list by turning its pointers around,
;         removing nodes through a pointer to a pointer.
; Try:    insert in order; what happens when the memory of a node is used after FREE?
; Run:    emu run samples/linked_list.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03
        .equ    WRITE_NEWLINE, 0x07
        .equ    ALLOCATE, 0x20
        .equ    FREE, 0x21

; a node
        .equ    VALUE, 0                ; offset of the value
        .equ    NEXT, 4                 ; offset of the pointer to the next node, 0 at the end
        .equ    NODE_SIZE, 8

        .org    0x8000

_start: MOV     R4, #1
build:  MOV     R0, R4
        BL      put_in_front
        ADD     R4, R4, #1
        CMP     R4, #10
        BLE     build
        BL      print_list

        BL      reverse
        BL      print_list

        BL      remove_odd
        BL      print_list

        BL      remove_all
        BL      print_list
        MOV     R0, #0
        SWI     #EXIT

; put_in_front - makes a node with the value R0 the first one; changes R0-R2
put_in_front:
        MOV     R2, R0
        MOV     R0, #NODE_SIZE
        SWI     #ALLOCATE               ; R0 := address of the new node
        CMP     R0, #0
        BEQ     no_memory
        STR     R2, [R0, #VALUE]
        LDR     R1, =head
        LDR     R2, [R1]
        STR     R2, [R0, #NEXT]         ; the new node points to what was the first,
        STR     R0, [R1]                ; and becomes the first
        BX      LR
no_memory:
        LDR     R0, =text_no_memory
        SWI     #WRITE_STRING
        MOV     R0, #1
        SWI     #EXIT

; reverse - turns the list around; changes R0-R3
reverse:
        LDR     R0, =head
        LDR     R1, [R0]                ; R1 = the rest, still in the old order
        MOV     R2, #0                  ; R2 = what is turned around already
reverse_next:
        CMP     R1, #0
        STREQ   R2, [R0]
        BXEQ    LR
        LDR     R3, [R1, #NEXT]
        STR     R2, [R1, #NEXT]         ; this node now points back
        MOV     R2, R1
        MOV     R1, R3
        B       reverse_next

; remove_odd - takes the nodes with odd values out and frees them; changes R0-R3
remove_odd:
        LDR     R2, =head               ; R2 = address of the pointer that points to the node in question
remove_next:
        LDR     R0, [R2]                ; R0 = that node
        CMP     R0, #0
        BXEQ    LR
        LDR     R1, [R0, #VALUE]
        TST     R1, #1
        ADDEQ   R2, R0, #NEXT           ; even: keep it and go on with the pointer in it
        LDRNE   R3, [R0, #NEXT]         ; odd: let the pointer skip it,
        STRNE   R3, [R2]
        SWINE   #FREE                   ; and give its memory back
        B       remove_next

; remove_all - frees the whole list; changes R0, R1 and R2
remove_all:
        LDR     R2, =head
        LDR     R0, [R2]
remove_rest:
        CMP     R0, #0
        STREQ   R0, [R2]                ; an empty list
        BXEQ    LR
        LDR     R1, [R0, #NEXT]         ; read the pointer before the node is gone
        SWI     #FREE
        MOV     R0, R1
        B       remove_rest

; print_list - prints the values from the first to the last; changes R0, R1 and R2
print_list:
        LDR     R2, =head
        LDR     R2, [R2]
        MOV     R1, #10
        CMP     R2, #0
        LDREQ   R0, =text_empty
        SWIEQ   #WRITE_STRING
print_next:
        CMP     R2, #0
        SWIEQ   #WRITE_NEWLINE
        BXEQ    LR
        LDR     R0, [R2, #VALUE]
        SWI     #WRITE_INT
        LDR     R2, [R2, #NEXT]
        CMP     R2, #0
        LDRNE   R0, =text_arrow
        SWINE   #WRITE_STRING
        B       print_next

text_arrow:
        .asciz  " -> "
text_empty:
        .asciz  "(empty)"
text_no_memory:
        .asciz  "the heap is full\n"

        .align  2
head:   .word   0                       ; the first node
