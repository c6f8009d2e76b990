/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Names for the addresses of processes' stack traces, through elfutils' libdw: from symbol tables, separate debug
 *files, and the /tmp/perf-PID.map files of just-in-time compilers.
 *
 * Of clbc only this header needs libdw (Debian and Ubuntu: libdw-dev):
 *	cc $(pkg-config --cflags clbc-symbols) tool.c $(pkg-config --libs clbc-symbols)
 */
#ifndef CLBC_USER_SYMBOLS_H
#define CLBC_USER_SYMBOLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <elfutils/libdwfl.h>
#include "symbol.h"

/* How many processes a table remembers: each has the symbol tables of its files in memory once it was asked for. */
#define CLBC_PROCESSES 64

/* A range of code that a just-in-time compiler has named. */
struct clbc_jit_function {
	__u64 start, end;
	char name[96];
};

struct clbc_process {
	pid_t pid;
	unsigned long long started; /* a process id can be given to another process, which starts at another time */
	unsigned long long used;    /* when it was last asked for, by the table's own count */
	Dwfl *dwfl;
	struct clbc_jit_function *jit;
	size_t jit_count;
	off_t jit_size; /* of the file that jit was read from */
};

struct clbc_user_symbols {
	struct clbc_process processes[CLBC_PROCESSES];
	unsigned long long clock;
};

/* A table for one thread at a time, which has read nothing yet; NULL with errno ENOMEM. */
static inline struct clbc_user_symbols *clbc_user_symbols__new(void)
{
	return (struct clbc_user_symbols *)calloc(1, sizeof(struct clbc_user_symbols));
}

static inline void clbc_process__forget(struct clbc_process *process)
{
	if (process->dwfl)
		dwfl_end(process->dwfl);
	free(process->jit);
	memset(process, 0, sizeof(*process));
}

/* NULL is allowed. */
static inline void clbc_user_symbols__free(struct clbc_user_symbols *symbols)
{
	if (!symbols)
		return;
	for (int i = 0; i < CLBC_PROCESSES; i++)
		clbc_process__forget(&symbols->processes[i]);
	free(symbols);
}

/* Field 22 of /proc/PID/stat; 0 when the process has ended. The command may hold spaces and parentheses. */
static inline unsigned long long clbc_process__start_time(pid_t pid)
{
	char path[64], stat[1024], *field;
	unsigned long long started = 0;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	size = fread(stat, 1, sizeof(stat) - 1, file);
	fclose(file);
	stat[size] = '\0';
	field = strrchr(stat, ')');
	for (int skipped = 0; field && skipped < 20; skipped++)
		field = strchr(field + 1, ' ');
	if (field)
		started = strtoull(field + 1, NULL, 10);
	return started;
}

/* Opens a module's file in the root folder of its process, which may be a container. */
static inline int clbc_process__find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
					 char **file_name, Elf **elf)
{
	const struct clbc_process *process = (const struct clbc_process *)*userdata;
	size_t size = strlen(name) + sizeof("/proc/1234567890/root");
	char *path = process && name[0] == '/' ? (char *)malloc(size) : NULL;
	struct stat info;
	int fd = -1;

	if (path) {
		snprintf(path, size, "/proc/%d/root%s", process->pid, name);
		if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) /* opening a pipe would wait */
			fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd >= 0) {
		*file_name = path;
		return fd;
	}
	free(path);
	return dwfl_linux_proc_find_elf(module, userdata, name, base, file_name, elf);
}

static inline int clbc_process__own_module(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr start,
					   void *process)
{
	(void)module, (void)name, (void)start;
	*userdata = process;
	return DWARF_CB_OK;
}

/* Reads which files the process maps now, and keeps what it had when it has ended. */
static inline void clbc_process__read_mappings(struct clbc_process *process)
{
	static const Dwfl_Callbacks callbacks = { clbc_process__find_elf, dwfl_standard_find_debuginfo, NULL, NULL };
	Dwfl *dwfl = dwfl_begin(&callbacks);

	if (!dwfl)
		return;
	dwfl_report_begin(dwfl);
	if (dwfl_linux_proc_report(dwfl, process->pid) != 0 || dwfl_report_end(dwfl, NULL, NULL) != 0) {
		dwfl_end(dwfl);
		return;
	}
	dwfl_getmodules(dwfl, clbc_process__own_module, process, 0);
	if (process->dwfl)
		dwfl_end(process->dwfl);
	process->dwfl = dwfl;
}

/* Whether a file's code is mapped at an address now, see proc_pid_maps(5). */
static inline int clbc_process__maps_file(const struct clbc_process *process, __u64 address)
{
	unsigned long long start, end;
	char path[64], line[512], executable, file;
	int mapped = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", process->pid);
	maps = fopen(path, "re");
	while (maps && !mapped && fgets(line, sizeof(line), maps))
		mapped = sscanf(line, "%llx-%llx %*c%*c%c%*c %*s %*s %*s %c", &start, &end, &executable, &file) == 4 &&
			 executable == 'x' && file == '/' && address >= start && address < end;
	if (maps)
		fclose(maps);
	return mapped;
}

/* Finds a process, or puts it in the place of the one that was not asked for longest. */
static inline struct clbc_process *clbc_user_symbols__process(struct clbc_user_symbols *symbols, pid_t pid)
{
	unsigned long long started = clbc_process__start_time(pid);
	struct clbc_process *oldest = &symbols->processes[0];

	symbols->clock++;
	for (int i = 0; i < CLBC_PROCESSES; i++) {
		struct clbc_process *process = &symbols->processes[i];

		/* of one that has ended, what was read stays of use: its last stacks arrive later */
		if (process->used && process->pid == pid && (!started || process->started == started)) {
			process->used = symbols->clock;
			return process;
		}
		if (process->used < oldest->used)
			oldest = process;
	}
	clbc_process__forget(oldest);
	oldest->pid = pid;
	oldest->started = started;
	oldest->used = symbols->clock;
	clbc_process__read_mappings(oldest);
	return oldest;
}

/* The process's id in its own namespace, by which a perf map is named: the last number of NSpid. */
static inline pid_t clbc_process__innermost_pid(pid_t pid)
{
	char path[64], line[512];
	pid_t innermost = pid;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, "NSpid:", 6) && strrchr(line, '\t'))
			innermost = (pid_t)strtol(strrchr(line, '\t'), NULL, 10);
	if (status)
		fclose(status);
	return innermost;
}

/* Reads lines "START SIZE name of the function", both numbers in hexadecimal; see jit-interface.txt of Linux's perf. */
static inline void clbc_process__read_jit(struct clbc_process *process, FILE *map)
{
	size_t capacity = 0, room = 0;
	char *line = NULL;

	free(process->jit);
	process->jit = NULL;
	process->jit_count = 0;
	while (getline(&line, &room, map) >= 0) {
		struct clbc_jit_function function;
		unsigned long long start, size;
		void *grown;

		if (sscanf(line, "%llx %llx %95[^\n]", &start, &size, function.name) != 3)
			continue;
		grown = clbc_grow(process->jit, process->jit_count, 1, &capacity, sizeof(*process->jit));
		if (!grown)
			break;
		function.start = start;
		function.end = start + size;
		process->jit = (struct clbc_jit_function *)grown;
		process->jit[process->jit_count++] = function;
	}
	free(line);
}

/* Finds an address in what a just-in-time compiler tells of its code; the newest entry counts. */
static inline const struct clbc_jit_function *clbc_process__find_jit(struct clbc_process *process, __u64 address)
{
	struct stat info;
	char path[128];
	FILE *map;

	snprintf(path, sizeof(path), "/proc/%d/root/tmp/perf-%d.map", process->pid,
		 clbc_process__innermost_pid(process->pid));
	if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size != process->jit_size) {
		map = fopen(path, "re");
		if (map) {
			clbc_process__read_jit(process, map);
			fclose(map);
			process->jit_size = info.st_size;
		}
	}
	for (size_t i = process->jit_count; i > 0; i--)
		if (address >= process->jit[i - 1].start && address < process->jit[i - 1].end)
			return &process->jit[i - 1];
	return NULL;
}

/* The mapped file that holds an address and, in *start, where it begins; libdw counts the gap behind a file as part of
 * it. */
static inline Dwfl_Module *clbc_process__module(const struct clbc_process *process, __u64 address, Dwarf_Addr *start)
{
	Dwfl_Module *module = process->dwfl ? dwfl_addrmodule(process->dwfl, address) : NULL;
	Dwarf_Addr end = 0;

	if (!module)
		return NULL;
	dwfl_module_info(module, NULL, start, &end, NULL, NULL, NULL, NULL);
	return address >= *start && address < end ? module : NULL;
}

static inline struct clbc_symbol clbc_process__resolve(struct clbc_process *process, __u64 address)
{
	struct clbc_symbol found = { address, NULL, NULL, 0 };
	const struct clbc_jit_function *function;
	Dwarf_Addr start = 0;
	Dwfl_Module *module = clbc_process__module(process, address, &start);
	GElf_Off offset;
	GElf_Sym symbol;

	if (!module) {
		function = clbc_process__find_jit(process, address);
		found.name = function ? function->name : NULL;
		found.offset = function ? address - function->start : 0;
		return found;
	}
	found.module = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	found.name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
	found.offset = found.name ? offset : address - start;
	return found;
}

/*
 * Names the addresses of a stack trace of a process (its thread group's id), innermost first, up to the first zero:
 * returns how many. An unknown one gets NULL as its name: of a process that has ended and was not asked for before, and
 * of code without symbols. The names are lent until the next call.
 */
static inline size_t clbc_user_symbols__resolve(struct clbc_user_symbols *symbols, pid_t pid, const __u64 *stack,
						size_t capacity, struct clbc_symbol *names)
{
	struct clbc_process *process = clbc_user_symbols__process(symbols, pid);
	size_t depth = clbc_stack_depth(stack, capacity);
	Dwarf_Addr start;

	for (size_t i = 0; i < depth; i++) {
		if (clbc_process__module(process, stack[i], &start))
			continue;
		if (clbc_process__maps_file(process, stack[i])) { /* a library that was loaded since */
			clbc_process__read_mappings(process);
			break;
		}
	}
	for (size_t i = 0; i < depth; i++)
		names[i] = clbc_process__resolve(process, stack[i]);
	return depth;
}

#endif /* CLBC_USER_SYMBOLS_H */
