// SPDX-License-Identifier: Apache-2.0 OR MIT
/* Reads a BTF file with libbpf and prints, in milliseconds, how long it took to index it, to visit all types and to
 * print them as C. */
#include <bpf/btf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void print(void *out, const char *format, va_list arguments)
{
	vfprintf(out, format, arguments);
}

static int dump(const struct btf *btf, FILE *out)
{
	struct btf_dump *dump = btf_dump__new(btf, print, out, NULL);
	int error = dump ? 0 : -1;

	for (__u32 id = 1; !error && id < btf__type_cnt(btf); id++)
		error = btf_dump__dump_type(dump, id);
	btf_dump__free(dump);
	return error;
}

/* libbpf decodes nothing: a visit looks at each member's name, as a reader would. */
static unsigned long visit(const struct btf *btf)
{
	unsigned long bytes = 0;

	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		bytes += strlen(btf__name_by_offset(btf, type->name_off));
		if (!btf_is_composite(type))
			continue;
		for (int index = 0; index < btf_vlen(type); index++)
			bytes += strlen(btf__name_by_offset(btf, btf_members(type)[index].name_off));
	}
	return bytes;
}

int main(int argc, char **argv)
{
	double started = now(), indexed, visited;
	struct btf *btf = argc == 2 ? btf__parse_raw(argv[1]) : NULL;
	FILE *out = fopen("/dev/null", "w");
	unsigned long bytes;

	if (!btf || !out) {
		fprintf(stderr, "usage: btf-libbpf FILE\n");
		return 2;
	}
	indexed = now();
	bytes = visit(btf);
	visited = now();
	if (dump(btf, out))
		return 1;
	printf("{\"index\":%f,\"read\":%f,\"print\":%f,\"bytes\":%lu}\n", indexed - started, visited - indexed,
	       now() - visited, bytes);
	btf__free(btf);
	fclose(out);
	return 0;
}
