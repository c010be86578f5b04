# The second argument does not survive the ops.
# expect: mismatches [1-9]
/macro FRAME_RESTORE/,/endm/ s/^.*LPH_FRAME_ARGS + 8(.*$//
