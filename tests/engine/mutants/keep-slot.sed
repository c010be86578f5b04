# A slot is never given back: what finds none is emulated, and nothing lapses. A call
# that is interrupted before it takes its own back takes the other's.
# expect: found no slot|signal
# changes: trapped
/^unsigned long lph_thread_pop/,/^}/ s/WRITE_ONCE(record->depth, depth);//
