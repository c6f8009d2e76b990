/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What libbpf makes of a BPF object, one tab-separated line an item:
 *
 *	map name internal type key_size value_size max_entries flags numa_node extra key_type value_type
 *	program name section type attach_type autoload
 *	datasec name size
 *	variable name offset size
 *
 * Exit status 3: libbpf refuses the object.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>

static void print_map(const struct bpf_map *map)
{
	printf("map\t%s\t%d\t%d\t%u\t%u\t%u\t%u\t%u\t%llu\t%u\t%u\n", bpf_map__name(map), bpf_map__is_internal(map),
	       bpf_map__type(map), bpf_map__key_size(map), bpf_map__value_size(map), bpf_map__max_entries(map),
	       bpf_map__map_flags(map), bpf_map__numa_node(map), (unsigned long long)bpf_map__map_extra(map),
	       bpf_map__btf_key_type_id(map), bpf_map__btf_value_type_id(map));
}

static void print_program(const struct bpf_program *program)
{
	printf("program\t%s\t%s\t%d\t%d\t%d\n", bpf_program__name(program), bpf_program__section_name(program),
	       bpf_program__type(program), bpf_program__expected_attach_type(program), bpf_program__autoload(program));
}

static void print_data_sections(const struct btf *btf)
{
	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const struct btf_var_secinfo *variable;

		if (!btf_is_datasec(type))
			continue;
		printf("datasec\t%s\t%u\n", btf__name_by_offset(btf, type->name_off), type->size);
		variable = btf_var_secinfos(type);
		for (int i = 0; i < btf_vlen(type); i++, variable++) {
			const struct btf_type *declared = btf__type_by_id(btf, variable->type);

			printf("variable\t%s\t%u\t%u\n", btf__name_by_offset(btf, declared->name_off), variable->offset,
			       variable->size);
		}
	}
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_map *map;

	if (argc != 2)
		return 2;
	libbpf_set_print(NULL);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		return 3;
	bpf_object__for_each_map(map, object) print_map(map);
	bpf_object__for_each_program(program, object) print_program(program);
	if (bpf_object__btf(object))
		print_data_sections(bpf_object__btf(object));
	bpf_object__close(object);
	return 0;
}
