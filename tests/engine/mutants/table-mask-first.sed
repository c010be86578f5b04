# A larger table is told by its mask before its base.
# expect: lapses [1-9]|doubles [1-9]|was written|signal
# program: table
/^	} else {$/,/^	}$/ {
	/shared_counts.base, counts/d
	s/^\(.*shared_counts.mask, \)\(.*\)$/\1\2\n		smp_store_release(\&lph_shared_counts.base, counts->entries);/
}
