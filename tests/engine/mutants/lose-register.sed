# The second argument does not survive the ops.
# expect: mismatches [1-9]
/SYM_CODE_START(lph_leave)/,/SYM_CODE_END/ s/^.*LPH_FRAME_ARGS + 8(.*$//
