# A slot is never given back. Nothing lapses: what finds none is emulated.
# expect: found no slot
# seconds: 10
/^unsigned long lph_thread_pop/,/^}/ s/WRITE_ONCE(record->depth, depth);//
