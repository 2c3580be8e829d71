#!/bin/bash
# The first process of the machine whose power is cut. The host's root lies under it, read-only; whatever the box keeps
# stands on a disk of its own, the second block device. What to do comes with the kernel's command line.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/run/d
mount -t proc proc /proc
mount -t sysfs sys /sys
for word in $(cat /proc/cmdline); do
    case $word in power_*=*) export "$(echo "${word%%=*}" | tr a-z A-Z)=${word#*=}" ;; esac
done
mount -t tmpfs -o mode=1777 tmpfs /run
# A clone may lie below /tmp: it is held while a /tmp of the machine's own is laid over the host's.
mkdir /run/source
mount --bind "$POWER_SOURCE" /run/source
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p "$POWER_SOURCE"
mount --bind /run/source "$POWER_SOURCE"
# The kernel is told of a small host's devices: what PostgreSQL wants of shared memory stands there too.
mount -t tmpfs -o mode=755 tmpfs /dev
mkdir -m 1777 /dev/shm
for node in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0" "console 5 1" "ubdb 98 16"; do
    set -- $node
    kind=c
    [ "$1" = ubdb ] && kind=b
    mknod -m 666 "/dev/$1" $kind "$2" "$3"
done
ln -s /proc/self/fd /dev/fd
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mkdir /run/d
mount -t ext4 /dev/ubdb /run/d
ip link set lo up
cd "$POWER_SOURCE"
export PYTHONPATH=$POWER_SOURCE PYTHONDONTWRITEBYTECODE=1 XIANGYUN_HOME=/run/d/home
echo "BOOTED"
"$POWER_PYTHON" -m tests.faults.power.guest < /dev/null || echo "FAILED $?"
sync
echo "OFF"
poweroff -f > /dev/null 2>&1
