# What a measured call returns does not survive the measuring.
# expect: mismatches [1-9]
/call	lph_latency_return/,/SYM_CODE_END/ s/^\tmov\tLPH_FRAME_ARCH + 0(%rsp), %rax$//
