# No grace period of RCU tasks before an op goes: calls are held up in count, and
# increment it then.
# expect: byte . was written|written on CPU|signal 11
# changes: freed
/^void lph_garbage_wait/,/^}/ s/^\tsynchronize_rcu_tasks();$//
