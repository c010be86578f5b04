# An argument is read from below the stack pointer, where interrupts write.
# expect: mismatches [1-9]
/macro FRAME_RESTORE/,/endm/ s/^\tmov\tLPH_FRAME_ARGS + 16(%rsp), %rdx/\tlea\tLPH_FRAME_SIZE(%rsp), %rsp\n\tmov\tLPH_FRAME_ARGS + 16 - LPH_FRAME_SIZE(%rsp), %rdx\n\tlea\t-LPH_FRAME_SIZE(%rsp), %rsp/
