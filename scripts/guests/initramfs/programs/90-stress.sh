# stress-ng, which verifies what it computes: each stressor by a number of operations, so that each run does the same.

# stress NAME OPERATIONS [OPTION...]
stress() {
  stressor=$1
  operations=$2
  shift 2
  check "stress-$stressor" stress-ng --verify --timeout 0 --oomable --temp-path /tmp --$stressor 2 --$stressor-ops $operations "$@"
}
stress cpu 20 --cpu-method all
stress matrix 10 --matrix-size 64
stress vecmath 2
stress qsort 2 --qsort-size 4096
stress bsearch 4 --bsearch-size 4096
stress hash 20
stress crypt 4
stress str 20
stress memcpy 4
stress vm 200 --vm-bytes 4m --vm-method all
stress malloc 2000
stress mmap 4 --mmap-bytes 1m
stress atomic 4
stress mutex 200
stress futex 200
stress pthread 40
stress fork 20
stress pipe 400
stress sock 40
stress sigq 400
stress timer 200
stress switch 400
stress context 40
