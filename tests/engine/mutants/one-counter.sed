# Both forms of count increment the same counter: a call that is held up in the one
# counts for the body that calls in the other go on in.
# expect: mismatches [1-9]
# changes: counted
s/lph_pool_redirect_counter/lph_pool_counter/
