# a full-line comment in the GNU fashion, which don't /* open anything
        .org  0x8000    /* one */ ; and another "
        MOV   R0, /* between operands */ R1
        MOV   R0, #';'  @ not a comment before
        .ascii "/* no comment", "//", '@' // but this is /*
        /* over
        three
        lines */ MOV R0, nonsense        ;; 26 invalid-register: invalid register 'nonsense' | for the value of nonsense write #nonsense, or load it: LDR R0, =nonsense
        /* never closed                  ;; 9 unterminated-comment: this comment has no end
        MOV   R0, nonsense
