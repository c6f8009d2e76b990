#!/bin/busybox sh
# First process of the guest: mounts the host's root read-only under a throw-away overlay and runs /command there.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# An order that fits every kernel version is not worth keeping: each pass loads what has become loadable.
for pass in 1 2 3; do
	for module in /modules/*.ko*; do insmod "$module" 2>/dev/null; done
done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose host /host
mount -t tmpfs -o size=60% tmpfs /scratch
mkdir /scratch/upper /scratch/work
mount -t overlay -o lowerdir=/host,upperdir=/scratch/upper,workdir=/scratch/work overlay /merged
for folder in proc sys dev; do mount --bind /$folder /merged/$folder; done
mount -t tmpfs tmpfs /merged/run
mkdir /merged/run/out
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 out /merged/run/out
mount -t tracefs tracefs /merged/sys/kernel/tracing
mount -t bpf bpf /merged/sys/fs/bpf
mount -t cgroup2 cgroup2 /merged/sys/fs/cgroup
ip link set lo up
stty -F /dev/console -onlcr
chroot /merged /bin/sh /run/out/command
echo $? >/merged/run/out/exit-code
umount /merged/run/out
poweroff -f
