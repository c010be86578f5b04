# SPDX-License-Identifier: GPL-2.0-only
# What a call costs more than one of the untouched function, ours beside a peer's.
set terminal svg size 2200,480 font "sans-serif,13" background "white"
set output picture
set datafile separator "\t"
set title "Instructions that one call costs more than one of the untouched function"
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set boxwidth 0.9
set logscale y 2
set yrange [1:*]
set grid ytics lc rgb "#dddddd"
set xtics scale 0 font ",9" noenhanced
# Long names on two lines.
at(s, word) = strstrt(s, word)
two(s, word) = at(s, word) ? s[1:at(s, word) - 1]."\n".s[at(s, word) + 1:*] : s
names(ours, peer) = two(ours, " beside")."\nand\n".two(peer, " +")
set bmargin 7
set key top left
plot data using 2:xtic(names(strcol(1), strcol(3))) title "livepatchd" lc rgb "#2a6f97", \
	"" using 4 title "peer" lc rgb "#c9ada7", \
	"" using ($0 - 0.23):2:2 with labels offset 0,0.6 notitle, \
	"" using ($0 + 0.23):4:4 with labels offset 0,0.6 notitle
