# No grace period of RCU tasks before an op goes: calls are held up in count, and
# increment it then.
# expect: byte . was written|written on CPU|signal 11
# changes: freed
/^static void collect/,/^}/ s/^\tsynchronize_rcu_tasks();$//
