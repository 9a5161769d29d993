; queue.s - a queue in a ring buffer
;
; Shows:  first in, first out; a buffer whose end is joined to its beginning, with AND to wrap the index around.
;         The queue plays a children's game: all stand in a circle, every third leaves, until one is left.
; Try:    41 players (SIZE must be a power of two above that): who wins, the 31st?
; Run:    emu run samples/queue.s

        .equ    EXIT, 0x00
        .equ    WRITE_STRING, 0x02
        .equ    WRITE_INT, 0x03

        .equ    SIZE, 16                ; room in the ring: a power of two
        .equ    PLAYERS, 10
        .equ    STEP, 3

        .org    0x8000

_start: MOV     R4, #1
line_up:
        MOV     R0, R4
        BL      enqueue
        ADD     R4, R4, #1
        CMP     R4, #PLAYERS
        BLE     line_up

        MOV     R4, #PLAYERS            ; R4 = players left
count:  MOV     R5, #STEP - 1
skip:   BL      dequeue                 ; those who stay go from the head of the queue to its end
        BL      enqueue
        SUBS    R5, R5, #1
        BNE     skip
        BL      dequeue                 ; this one leaves
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =leaves
        SWI     #WRITE_STRING
        SUB     R4, R4, #1
        CMP     R4, #1
        BHI     count

        BL      dequeue
        MOV     R1, #10
        SWI     #WRITE_INT
        LDR     R0, =wins
        SWI     #WRITE_STRING
        MOV     R0, #0
        SWI     #EXIT

; enqueue - puts R0 at the end of the queue; changes R1-R3
enqueue:
        LDR     R1, =ring
        LDR     R2, =tail
        LDR     R3, [R2]
        STR     R0, [R1, R3, LSL #2]
        ADD     R3, R3, #1
        AND     R3, R3, #SIZE - 1       ; behind the last place comes the first
        STR     R3, [R2]
        BX      LR

; dequeue - R0 := what is at the head of the queue, which must not be empty; changes R1-R3
dequeue:
        LDR     R1, =ring
        LDR     R2, =head
        LDR     R3, [R2]
        LDR     R0, [R1, R3, LSL #2]
        ADD     R3, R3, #1
        AND     R3, R3, #SIZE - 1
        STR     R3, [R2]
        BX      LR

leaves: .asciz  " leaves\n"
wins:   .asciz  " wins\n"

        .align  2
head:   .word   0                       ; index of the oldest entry
tail:   .word   0                       ; index where the next one goes
ring:   .space  SIZE * 4
