# A trap goes on behind the site, as if that were a nop: what naive int3 handlers do.
# expect: (lapses|mismatches) [1-9]|signal
# changes: trapped
/^static void entry/,/^}/ s/if (lph_thread_push(tramp))/if (true)\n\t\tint3_emulate_jmp(regs, tramp + LPH_SITE_EXIT);\n\telse &/
