/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * capture OBJECT [BTF]: what libbpf hands to bpf(2) when it loads an object, one JSON line for each map, program and type
 * information (its own probes of the kernel included), after the names of the programs. CO-RE goes by the running kernel's
 * types, or by those in a BTF file.
 * Programs are not loaded: the kernel's verdict does not matter here, and every program of every object gets its turn.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char map_names[4096][BPF_OBJ_NAME_LEN];
static int capturing;

static int stand_in(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void print_map(const union bpf_attr *attr)
{
	printf("{\"map\":\"%s\",\"type\":%u,\"keySize\":%u,\"valueSize\":%u,\"maxEntries\":%u,\"flags\":%u,\"keyType\":%u,\"valueType\":%u,"
	       "\"numaNode\":%u,\"extra\":%llu,\"kernelType\":%u,\"inner\":\"%s\"}\n",
	       attr->map_name, attr->map_type, attr->key_size, attr->value_size, attr->max_entries, attr->map_flags,
	       attr->btf_key_type_id, attr->btf_value_type_id, attr->numa_node, attr->map_extra,
	       attr->btf_vmlinux_value_type_id, attr->inner_map_fd ? map_names[attr->inner_map_fd & 4095] : "");
}

static void print_bytes(const char *name, __u64 at, unsigned int size)
{
	const unsigned char *bytes = (const unsigned char *)(uintptr_t)at;

	printf("\"%s\":\"", name);
	for (unsigned int i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	printf("\"");
}

static void print_types(const union bpf_attr *attr)
{
	printf("{");
	print_bytes("btf", attr->btf, attr->btf_size);
	printf("}\n");
}

/* Map descriptors differ from process to process: the map's name is printed, and its place in the code is zeroed. */
static void print_program(const union bpf_attr *attr)
{
	const struct bpf_insn *insns = (const struct bpf_insn *)(uintptr_t)attr->insns;

	printf("{\"program\":\"%s\",\"type\":%u,\"flags\":%u,\"expectedAttachType\":%u,\"attachBtfId\":%u,\"license\":\"%s\",",
	       attr->prog_name, attr->prog_type, attr->prog_flags, attr->expected_attach_type, attr->attach_btf_id,
	       (const char *)(uintptr_t)attr->license);
	print_bytes("functions", attr->func_info, attr->func_info_cnt * attr->func_info_rec_size);
	printf(",");
	print_bytes("lines", attr->line_info, attr->line_info_cnt * attr->line_info_rec_size);
	printf(",\"maps\":[");
	for (unsigned int i = 0, maps = 0; i < attr->insn_cnt; i++) {
		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insns[i].src_reg == BPF_PSEUDO_MAP_FD || insns[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			printf("%s\"%s\"", maps++ ? "," : "", map_names[insns[i].imm & 4095]);
		i++;
	}
	printf("],\"instructions\":\"");
	for (unsigned int i = 0; i < attr->insn_cnt; i++) {
		struct bpf_insn insn = insns[i];
		const unsigned char *bytes = (const unsigned char *)&insn;
		int is_map = insn.code == (BPF_LD | BPF_IMM | BPF_DW) &&
			     (insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE);

		if (is_map)
			insn.imm = 0;
		for (unsigned int byte = 0; byte < sizeof(insn); byte++)
			printf("%02x", bytes[byte]);
	}
	printf("\"}\n");
}

/* Takes the place of libc's in libbpf. */
long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long a, b, c, d, e, f, result;
	va_list list;

	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	va_start(list, number);
	a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
	d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf && capturing) {
		union bpf_attr *attr = (union bpf_attr *)b;

		/* Feature probes have no name, or "libbpf_…" and "det_…". */
		if (a == BPF_PROG_LOAD && attr->prog_name[0] && strncmp(attr->prog_name, "libbpf_", 7) &&
		    strncmp(attr->prog_name, "det_", 4) && strcmp(attr->prog_name, "test")) {
			print_program(attr);
			return stand_in();
		}
		if (a == BPF_BTF_LOAD)
			print_types(attr);
		result = real(number, a, b, c);
		/* Slots for programs do not take stand-ins. */
		if (a == BPF_MAP_UPDATE_ELEM || a == BPF_PROG_BIND_MAP)
			return 0;
		if (a == BPF_MAP_CREATE && attr->map_name[0] && strncmp(attr->map_name, "libbpf_", 7) && strncmp(attr->map_name, "det_", 4)) {
			print_map(attr);
			if (result < 0)
				result = stand_in();
			memcpy(map_names[result & 4095], attr->map_name, BPF_OBJ_NAME_LEN);
		}
		return result;
	}
	return real(number, a, b, c, d, e, f);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_map *map;
	LIBBPF_OPTS(bpf_object_open_opts, options);

	if (argc != 2 && argc != 3)
		return 2;
	libbpf_set_print(quiet);
	options.btf_custom_path = argv[2];
	object = bpf_object__open_file(argv[1], &options);
	if (!object)
		return 1;
	/* Each loader makes every map itself. */
	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
	/* What this kernel has nothing to attach to stays out. */
	bpf_object__for_each_program(program, object) {
		const char *section = bpf_program__section_name(program), *slash = strchr(section, '/');
		enum bpf_attach_type type = bpf_program__expected_attach_type(program);
		int is_bound = type == BPF_TRACE_RAW_TP || type == BPF_TRACE_FENTRY || type == BPF_TRACE_FEXIT ||
			       type == BPF_MODIFY_RETURN || type == BPF_TRACE_ITER || type == BPF_LSM_MAC;

		if (is_bound && (!slash || libbpf_find_vmlinux_btf_id(slash + 1, type) <= 0))
			bpf_program__set_autoload(program, false);
		if (bpf_program__autoload(program))
			printf("{\"autoload\":\"%s\"}\n", bpf_program__name(program));
	}
	capturing = 1;
	if (bpf_object__load(object))
		return 1;
	fflush(stdout);
	_exit(0);
}
