# The old table is freed while calls still search it.
# expect: lapses [1-9]|doubles [1-9]|was written|signal|hangs
# program: table
/^static void replace/,/^}/ {
	s/^	mutex_lock.*$/	counts_free(\&old->garbage);/
	/lph_garbage_add/d
	/mutex_unlock/d
}
