# No grace period: ops and arrays go while calls still use them.
# expect: byte . was written|written after|signal 11
# changes: in-op
/^void lph_garbage_wait/,/^}/ s/^\tsynchronize_rcu.*();$//
