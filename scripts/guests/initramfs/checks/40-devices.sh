# virtio devices, where the machine has any: modules, a random source, an ext4 file system on a disk.

if ls /proc/device-tree | grep -q virtio_mmio; then
  load devices
fi
if grep -q virtio /sys/class/misc/hw_random/rng_available; then
  same hwrng 4096 "$(head -c 4096 /dev/hwrng | wc -c)"
fi
if [ -e /dev/vda ]; then
  if [ -x /usr/bin/mke2fs ]; then
    check mkfs /usr/bin/mke2fs -q -F -t ext4 /dev/vda
  else
    check mkfs mke2fs -F /dev/vda
  fi
  check mount mount -t ext4 /dev/vda /mnt
  head -c 2097152 /dev/urandom >random
  check write cp random numbers /mnt
  check unmount umount /mnt
  [ -x /usr/bin/e2fsck ] && check fsck e2fsck -fn /dev/vda
  echo 3 >/proc/sys/vm/drop_caches
  check mount-again mount -t ext4 -o ro /dev/vda /mnt
  check read cmp random /mnt/random
  same ext4 e071f707df7bbeee2a6a1eb48011ddd0 "$(digest md5sum /mnt/numbers)"
  umount /mnt
  rm random
fi
