# The bytes of a site are replaced one after the other, and nobody traps.
# expect: signal|none traps
/^static void store_int3/,/^}/ s/WRITE_ONCE(.*);/;/
