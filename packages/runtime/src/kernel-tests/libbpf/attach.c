/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* attach OBJECT: whether libbpf loads an object here (exit code 0 or 1), and attaches what it can by itself (0 or 2). */
#include <bpf/libbpf.h>
#include <errno.h>

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	int result = 0;

	if (argc != 2)
		return 3;
	libbpf_set_print(NULL);
	object = bpf_object__open(argv[1]);
	if (!object || bpf_object__load(object))
		return 1;
	bpf_object__for_each_program(program, object) {
		/* What a skeleton's attach() passes over as well: the section does not say where to. */
		if (bpf_program__autoload(program) && !bpf_program__attach(program) && errno != EOPNOTSUPP)
			result = 2;
	}
	bpf_object__close(object);
	return result;
}
