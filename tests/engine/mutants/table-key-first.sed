# Who searches may find a key whose counter has not been written.
# expect: lapses [1-9]|doubles [1-9]|was written|signal
# program: table
/^static void take/,/^}/ {
	/WRITE_ONCE(entry->counter/d
	s/^	smp_store_release(&entry->key, key);$/&\n	WRITE_ONCE(entry->counter, counter);/
}
