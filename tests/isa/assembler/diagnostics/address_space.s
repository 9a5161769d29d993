        .org  0xFFFFFFFC
        .word 1, 2                       ;; 9 memory: the location counter passes the end of the address space
