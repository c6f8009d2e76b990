/** What the guest's first process says where it cannot go on. */
export const noHostFiles = "lbc: this kernel cannot mount the host's files";

/**
 * First process of the guest (busybox): mounts the host's root read-only under a throw-away overlay and runs /run/out/command there.
 * Modules load on demand from the initramfs, where the kernel looks for modprobe.
 */
export const guestInit = `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo /bin/modprobe >/proc/sys/kernel/modprobe
[ -d /lib/modules ] && depmod && modprobe -a virtio_pci 9pnet_virtio 9p overlay 2>/dev/null
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose host /host &&
	mount -t tmpfs -o size=60% tmpfs /scratch && mkdir /scratch/upper /scratch/work &&
	mount -t overlay -o lowerdir=/host,upperdir=/scratch/upper,workdir=/scratch/work overlay /merged || {
	echo "${noHostFiles}"
	poweroff -f
}
for folder in proc sys dev; do mount --bind /$folder /merged/$folder; done
mount -t tmpfs tmpfs /merged/run
mkdir /merged/run/out
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 out /merged/run/out
mount -t tracefs tracefs /merged/sys/kernel/tracing
mount -t bpf bpf /merged/sys/fs/bpf
mount -t cgroup2 cgroup2 /merged/sys/fs/cgroup
mount -t securityfs securityfs /merged/sys/kernel/security
[ -d /boot ] && [ ! -e "/merged/boot/config-$(uname -r)" ] && mkdir -p /merged/boot && cp /boot/* /merged/boot
ip link set lo up
stty -F /dev/console -onlcr
chroot /merged /bin/sh /run/out/command
echo $? >/merged/run/out/exit-code
umount /merged/run/out
poweroff -f
`;
