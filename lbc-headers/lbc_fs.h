/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* lbc_fs.h - constants of files that are macros in the kernel, and so missing from vmlinux.h. */
#ifndef LBC_FS_H
#define LBC_FS_H

#include "lbc.h"

/** DOC: Kinds of files, in inode->i_mode */
#define S_IFMT 00170000
#define S_IFSOCK 0140000
#define S_IFLNK 0120000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFIFO 0010000
#define S_ISUID 0004000
#define S_ISGID 0002000
#define S_ISVTX 0001000
#define S_ISLNK(mode) (((mode) & S_IFMT) == S_IFLNK)
#define S_ISREG(mode) (((mode) & S_IFMT) == S_IFREG)
#define S_ISDIR(mode) (((mode) & S_IFMT) == S_IFDIR)
#define S_ISCHR(mode) (((mode) & S_IFMT) == S_IFCHR)
#define S_ISBLK(mode) (((mode) & S_IFMT) == S_IFBLK)
#define S_ISFIFO(mode) (((mode) & S_IFMT) == S_IFIFO)
#define S_ISSOCK(mode) (((mode) & S_IFMT) == S_IFSOCK)

/** DOC: Flags of open(2) and openat(2) that are the same on every machine that lbc builds for */
#define O_ACCMODE 00000003
#define O_RDONLY 00000000
#define O_WRONLY 00000001
#define O_RDWR 00000002
#define O_CREAT 00000100
#define O_EXCL 00000200
#define O_NOCTTY 00000400
#define O_TRUNC 00001000
#define O_APPEND 00002000
#define O_NONBLOCK 00004000
#define O_DSYNC 00010000
#define O_NOATIME 01000000
#define O_CLOEXEC 02000000
#define O_PATH 010000000

/** DOC: How a file was opened, in file->f_mode */
#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
#define FMODE_LSEEK 0x4
#define FMODE_PREAD 0x8
#define FMODE_PWRITE 0x10
#define FMODE_EXEC 0x20

/** DOC: Special descriptors and flags of the *at calls */
#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define AT_EMPTY_PATH 0x1000

/** DOC: Limits of names, in bytes with the zero at the end */
#define NAME_MAX 255
#define PATH_MAX 4096

/** DOC: Device numbers, in inode->i_rdev and super_block->s_dev */
#define MINORBITS 20
#define MINORMASK ((1U << MINORBITS) - 1)
#define MAJOR(dev) ((unsigned int)((dev) >> MINORBITS))
#define MINOR(dev) ((unsigned int)((dev) & MINORMASK))

/** DOC: File systems, in super_block->s_magic */
#define EXT4_SUPER_MAGIC 0xef53
#define BTRFS_SUPER_MAGIC 0x9123683e
#define XFS_SUPER_MAGIC 0x58465342
#define F2FS_SUPER_MAGIC 0xf2f52010
#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define NFS_SUPER_MAGIC 0x6969
#define FUSE_SUPER_MAGIC 0x65735546
#define PROC_SUPER_MAGIC 0x9fa0
#define SYSFS_MAGIC 0x62656572
#define DEBUGFS_MAGIC 0x64626720
#define TRACEFS_MAGIC 0x74726163
#define BPF_FS_MAGIC 0xcafe4a11
#define CGROUP2_SUPER_MAGIC 0x63677270
#define PIPEFS_MAGIC 0x50495045
#define SOCKFS_MAGIC 0x534f434b

#endif /* LBC_FS_H */
