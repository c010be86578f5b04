# The smaller table takes the place of the larger one while calls have the old mask.
# expect: lapses [1-9]|doubles [1-9]|was written|signal
# program: table
/^static void replace/,/^}/ s/^		lph_garbage_wait();$//
