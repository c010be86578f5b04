# The body is read from below the stack pointer, where interrupts write.
# expect: mismatches [1-9]|signal
/SYM_CODE_START(lph_leave)/,/^\.Lmeasured/ {
	s/^\tlea\tLPH_FRAME_SIZE(%rsp), %rsp$//
	s/^\tmov\tLPH_FRAME_BODY(%rsp), %r11$/\tlea\tLPH_FRAME_SIZE(%rsp), %rsp\n\tmov\tLPH_FRAME_BODY - LPH_FRAME_SIZE(%rsp), %r11/
	s/^\tmov\t%r11, LPH_FRAME_SIZE(%rsp)$/\tmov\t%r11, (%rsp)/
	s/^\tjne\t.Lmeasured$//
}
