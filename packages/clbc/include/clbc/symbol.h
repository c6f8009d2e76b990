/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Names for the addresses of stack traces: the kernel's here, those of processes in clbc/user_symbols.h (with libdw).
 */
#ifndef CLBC_SYMBOL_H
#define CLBC_SYMBOL_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

/* What an address belongs to. The strings are lent by the table that resolved it. */
struct clbc_symbol {
	__u64 address;
	const char *name;   /* of the function, as the file has it (mangled for C++ and Rust); NULL: not known */
	const char *module; /* a kernel module, or the path of a mapped file; NULL: the kernel itself, or not known */
	__u64 offset;	    /* of the address from the function's beginning, else from the beginning of the file */
};

/* Writes "vfs_read+0x1f", "nf_hook_slow+0x3a [nf_tables]", "[libc.so.6+0x1234]" or "0xffff...": returns buf. */
static inline const char *clbc_symbol__format(const struct clbc_symbol *symbol, char *buf, size_t size)
{
	const char *slash = symbol->module ? strrchr(symbol->module, '/') : NULL;
	const char *module = slash ? slash + 1 : symbol->module;
	int length;

	if (symbol->name && module)
		length = snprintf(buf, size, "%s+0x%llx [%s]", symbol->name, symbol->offset, module);
	else if (symbol->name)
		length = snprintf(buf, size, "%s+0x%llx", symbol->name, symbol->offset);
	else if (module)
		length = snprintf(buf, size, "[%s+0x%llx]", module, symbol->offset);
	else
		length = snprintf(buf, size, "0x%llx", symbol->address);
	if (length < 0 && size > 0)
		buf[0] = '\0';
	return buf;
}

/* How many addresses stand before the first zero in the value of a stack trace map, which has room for `capacity`. */
static inline size_t clbc_stack_depth(const __u64 *stack, size_t capacity)
{
	size_t depth = 0;

	while (depth < capacity && stack[depth])
		depth++;
	return depth;
}

/* A line of /proc/kallsyms: names are offsets in the table's text, which moves while it grows. 0: no module. */
struct clbc_function {
	__u64 start;
	size_t name, module;
	int local;
};

struct clbc_kernel_symbols {
	struct clbc_function *functions; /* by ascending start, global ones first */
	size_t count, capacity;
	char *text;
	size_t text_size, text_capacity;
};

/* So many bytes behind the beginning of a function is none of it: /proc/kallsyms tells no sizes. */
#define CLBC_LONGEST_FUNCTION (1 << 20)

static inline void clbc_kernel_symbols__free(struct clbc_kernel_symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->functions);
	free(symbols->text);
	free(symbols);
}

/* Makes room for `more` elements behind `count`; returns the array, or NULL with the old one kept. */
static inline void *clbc_grow(void *array, size_t count, size_t more, size_t *capacity, size_t element_size)
{
	size_t wanted = *capacity ? *capacity : 4096;
	void *grown;

	while (wanted < count + more)
		wanted *= 2;
	if (wanted == *capacity)
		return array;
	grown = realloc(array, wanted * element_size);
	if (grown)
		*capacity = wanted;
	return grown;
}

/* Keeps a string; its offset in the table's text goes to *at. */
static inline int clbc_kernel_symbols__keep(struct clbc_kernel_symbols *symbols, const char *string, size_t *at)
{
	size_t length = strlen(string) + 1;
	void *text = clbc_grow(symbols->text, symbols->text_size, length, &symbols->text_capacity, 1);

	if (!text)
		return -ENOMEM;
	symbols->text = (char *)text;
	*at = symbols->text_size;
	memcpy(symbols->text + symbols->text_size, string, length);
	symbols->text_size += length;
	return 0;
}

/* Takes a function of a line "ffffffff81000000 T _stext" or "ffffffffc0000000 t init [module]"; other lines are passed
 * over. */
static inline int clbc_kernel_symbols__add(struct clbc_kernel_symbols *symbols, const char *line)
{
	struct clbc_function function = { 0, 0, 0, 0 };
	char name[512], module[64] = "", type;
	unsigned long long start;
	void *functions;
	int err;

	if (sscanf(line, "%llx %c %511s [%63[^]]]", &start, &type, name, module) < 3 || !start || !strchr("TtWw", type))
		return 0;
	functions = clbc_grow(symbols->functions, symbols->count, 1, &symbols->capacity, sizeof(*symbols->functions));
	if (!functions)
		return -ENOMEM;
	symbols->functions = (struct clbc_function *)functions;
	function.start = start;
	function.local = type == 't' || type == 'w';
	err = clbc_kernel_symbols__keep(symbols, name, &function.name);
	if (!err && module[0])
		err = clbc_kernel_symbols__keep(symbols, module, &function.module);
	if (!err)
		symbols->functions[symbols->count++] = function;
	return err;
}

static inline int clbc_function__compare(const void *left, const void *right)
{
	const struct clbc_function *a = (const struct clbc_function *)left, *b = (const struct clbc_function *)right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->local != b->local ? a->local - b->local : (a->name > b->name) - (a->name < b->name);
}

static inline int clbc_kernel_symbols__parse(struct clbc_kernel_symbols *symbols, FILE *kallsyms)
{
	size_t capacity = 0, none;
	char *line = NULL;
	int err = clbc_kernel_symbols__keep(symbols, "", &none); /* offset 0 is no module */

	while (!err && getline(&line, &capacity, kallsyms) >= 0)
		err = clbc_kernel_symbols__add(symbols, line);
	free(line);
	if (err || ferror(kallsyms))
		return err ? err : -EIO;
	if (!symbols->count) /* addresses are hidden */
		return -EPERM;
	qsort(symbols->functions, symbols->count, sizeof(*symbols->functions), clbc_function__compare);
	return 0;
}

/*
 * Reads the kernel's functions from /proc/kallsyms, as they are now: modules and BPF programs that are loaded later
 * need another read. NULL with errno EPERM where the kernel hides its addresses: CAP_SYSLOG is needed, and
 * kernel.kptr_restrict below 2.
 */
static inline struct clbc_kernel_symbols *clbc_kernel_symbols__read(void)
{
	struct clbc_kernel_symbols *symbols = (struct clbc_kernel_symbols *)calloc(1, sizeof(*symbols));
	FILE *kallsyms = symbols ? fopen("/proc/kallsyms", "re") : NULL;
	int err = kallsyms ? clbc_kernel_symbols__parse(symbols, kallsyms) : -errno;

	if (kallsyms)
		fclose(kallsyms);
	if (err) {
		clbc_kernel_symbols__free(symbols);
		errno = -err;
		return NULL;
	}
	return symbols;
}

/* Names an address of the kernel; an unknown one gets NULL as its name. */
static inline struct clbc_symbol clbc_kernel_symbols__resolve(const struct clbc_kernel_symbols *symbols, __u64 address)
{
	struct clbc_symbol found = { address, NULL, NULL, 0 };
	const struct clbc_function *function;
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->functions[middle].start > address)
			high = middle;
		else
			low = middle + 1;
	}
	if (!low || address - symbols->functions[low - 1].start >= CLBC_LONGEST_FUNCTION)
		return found;
	function = &symbols->functions[low - 1];
	while (function > symbols->functions && function[-1].start == function->start)
		function--;
	found.name = symbols->text + function->name;
	found.module = function->module ? symbols->text + function->module : NULL;
	found.offset = address - function->start;
	return found;
}

/*
 * Names the addresses of a stack trace of the kernel, innermost first, up to the first zero: returns how many, as
 * clbc_user_symbols__resolve() does for processes.
 */
static inline size_t clbc_kernel_symbols__resolve_stack(const struct clbc_kernel_symbols *symbols, const __u64 *stack,
							size_t capacity, struct clbc_symbol *names)
{
	size_t depth = clbc_stack_depth(stack, capacity);

	for (size_t i = 0; i < depth; i++)
		names[i] = clbc_kernel_symbols__resolve(symbols, stack[i]);
	return depth;
}

#endif /* CLBC_SYMBOL_H */
