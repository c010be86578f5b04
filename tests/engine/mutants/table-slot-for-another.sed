# The slot of a key that is gone is given to another one at once.
# expect: lapses [1-9]|doubles [1-9]|was written|signal
# program: table
s/entry->key != (key ^ COUNTS_GONE)/(entry->key ^ entry->key << 1) >> 63 == 0/
