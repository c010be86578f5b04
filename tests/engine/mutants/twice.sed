# A call that trapped at E runs its ops, and then again.
# expect: doubles [1-9]
# changes: trapped
/^void lph_list_at/,/^}/ s/^\tlph_list(.*);/&\n&/
