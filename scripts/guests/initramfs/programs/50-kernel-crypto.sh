# The kernel's own tests of its code for SIMD and the cryptographic extensions: each module runs them when it is loaded.

load crypto
same crypto-selftests '' "$(awk '/^driver/ { driver = $3 } /^selftest/ && $3 != "passed" { print driver }' /proc/crypto)"
same crypto-complaints 0 "$(dmesg | grep -c 'alg: .*fail')"
