# What leads X takes a grace period that has just begun for one that is over.
# expect: lapses [1-9]|mismatches [1-9]|signal
# changes: straight
s/fn->exit_grace = LPH_EXIT_BEGUN;/fn->exit_grace = LPH_EXIT_OVER;/
