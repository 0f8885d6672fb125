# Computations with known answers: integers, floating point, digests, compression.

same arithmetic '-6253480961458370395 -3 -1 4611686018427420671 -81985529216486896' \
  "$((12345678901 * 987654321)) $((-7 / 2)) $((-7 % 3)) $(((1 << 62) + 0x7fff)) $((0x123456789abcdef ^ -1))"
same floating-point '2.71828182845905 3.14159265358979 1.41421356237309 6.666667e-01 10000000000.000001907 5e-324 inf' "$(awk 'BEGIN {
  e = term = 1
  for (i = 1; i < 20; i++) { term /= i; e += term }
  fifth = 16 / 5
  small = 4 / 239
  for (i = 1; i < 50; i += 2) { pi += (fifth - small) / i; fifth /= -25; small /= -57121 }
  root = 1
  for (i = 0; i < 6; i++) root = (root + 2 / root) / 2
  tiny = 1
  while (tiny / 2 > 0) tiny /= 2
  printf "%.14f %.14f %.14f %.6e %.9f %.0e %f", e, pi, root, 2 / 3, 1e300 * 1e-290, tiny, 1e200 * 1e200
}')"
same md5 e071f707df7bbeee2a6a1eb48011ddd0 "$(digest md5sum numbers)"
same sha1 49972ff155d0d5fb6bb9d8f18a7a4c4a2ea9562c "$(digest sha1sum numbers)"
same sha256 f6351f5ead9a700e34275480b3856ea738122a7c57bdeb744a631251c069587a "$(digest sha256sum numbers)"
same sha512 7686a0fb0b50564b3e6f2e2ab9bdcbd55d450d1add4bc3ad888d32c51013c3e86eb9d4d89466904cc65a049c1b8e38615df616b31902701b1c81216a9cc5b42b \
  "$(digest sha512sum numbers)"
same gzip e071f707df7bbeee2a6a1eb48011ddd0 "$(gzip -9 <numbers | gunzip | digest md5sum)"
same bzip2 e071f707df7bbeee2a6a1eb48011ddd0 "$(bzip2 <numbers | bunzip2 | digest md5sum)"
same sort '20000 1' "$(echo $(sort -nr numbers | sed -n '1p;$p'))"
