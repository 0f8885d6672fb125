# OpenSSL: digests and ciphers with known answers, signatures that hold and that do not.

same openssl-md5 e071f707df7bbeee2a6a1eb48011ddd0 "$(digest openssl dgst -r -md5 numbers)"
same openssl-sha1 49972ff155d0d5fb6bb9d8f18a7a4c4a2ea9562c "$(digest openssl dgst -r -sha1 numbers)"
same openssl-sha256 f6351f5ead9a700e34275480b3856ea738122a7c57bdeb744a631251c069587a "$(digest openssl dgst -r -sha256 numbers)"
same openssl-sha3 658656e129914052546af527ba8cf573ab27fb47551a0682ffcf00eeaf56d32b "$(digest openssl dgst -r -sha3-256 numbers)"

# cipher NAME DIGEST-OF-THE-CIPHERTEXT
cipher() {
  local key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
  case $1 in *-128-*) key=000102030405060708090a0b0c0d0e0f ;; esac
  openssl enc "-$1" -K $key -iv 0f0e0d0c0b0a09080706050403020100 -in numbers -out secret
  same "openssl-$1" "$2" "$(digest md5sum secret)"
  same "openssl-$1-back" e071f707df7bbeee2a6a1eb48011ddd0 \
    "$(openssl enc -d "-$1" -K $key -iv 0f0e0d0c0b0a09080706050403020100 -in secret | digest md5sum)"
}
cipher aes-128-ctr 4dcb2e96140c7014547c506c2b0ee5a0
cipher aes-256-cbc 4cd61907e188ba84da01511c60625b54
cipher camellia-256-cbc b5b42268419a3dc387fcba28db79e1a5
cipher chacha20 7a64b03dcdce2ab51015bb889a55b1f6

# The tag of GCM makes a changed message fail.
key='-secretkeyid 00 -secretkey 000102030405060708090a0b0c0d0e0f'
check openssl-gcm openssl cms -encrypt -aes-128-gcm $key -binary -outform DER -in numbers -out message
check openssl-gcm-back openssl cms -decrypt $key -binary -inform DER -in message -out plain
check openssl-gcm-plain cmp numbers plain
printf x | dd of=message bs=1 seek=50000 conv=notrunc 2>/dev/null
check openssl-gcm-changed sh -c "! openssl cms -decrypt $key -binary -inform DER -in message -out /dev/null"

# signature NAME OPTIONS-OF-GENPKEY: a signature of one text is not one of another
signature() {
  local name=openssl-$1
  shift
  openssl genpkey "$@" -out private 2>/dev/null
  openssl pkey -in private -pubout -out public
  digest openssl dgst -r -sha256 numbers >hash
  digest openssl dgst -r -sha512 numbers >other
  check "$name-sign" openssl pkeyutl -sign -rawin -inkey private -in hash -out signature
  check "$name-verify" openssl pkeyutl -verify -rawin -pubin -inkey public -in hash -sigfile signature
  check "$name-refuse" sh -c '! openssl pkeyutl -verify -rawin -pubin -inkey public -in other -sigfile signature'
}
signature rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048
signature p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
signature ed25519 -algorithm ED25519
