# Perl: floating point, sorting, hashes, regular expressions, processes, with known answers.

same perl-numbers '2.7182818284590451 3.1415926535897931 1.4142135623730951 9.9999999999999995e-21 0x1.5555555555555p-2' \
  "$(perl -e 'printf "%.17g %.17g %.17g %.17g %a", exp(1), atan2(1, 1) * 4, 2 ** 0.5, 10 ** -20, 1 / 3')"
same perl-sort '31950 2147465837 -135043.862464' "$(perl -e '
  my $x = 12345;
  my @sorted = sort { $a <=> $b } map { $x = ($x * 1103515245 + 12345) % 2147483648 } 1 .. 20000;
  my $sum = 0;
  $sum += sqrt($_) * sin($_) / (1 + log($_ + 1)) for @sorted;
  printf "%s %s %.6f", $sorted[0], $sorted[-1], $sum')"
same perl-text '108959 499 8581368' "$(perl -e '
  my %words;
  $words{"key" . $_ * 7919 % 10007} .= chr(97 + $_ % 26) for 1 .. 20000;
  my $text = join ",", map { "$_=$words{$_}" } sort keys %words;
  my $found = () = $text =~ /key\d*7=[a-m]+/g;
  print length($text), " $found ", unpack("%32C*", $text)')"
same perl-processes 61776 "$(perl -e '
  my $sum = 0;
  for my $i (1 .. 8) { open my $child, "-|" or do { print $i ** 5; exit }; $sum += <$child> }
  print $sum')"
