import { namesUsed } from "./tokens.ts";

/** What a program uses of the functions below, by itself or through others, in the order in which C wants them. */
export function neededFunctions(program: string): string[] {
  const needed: string[] = [];
  const used = namesUsed(program);
  for (const [name, code] of Object.entries(preludeFunctions).reverse()) {
    if (!used.has(name)) continue;
    needed.unshift(code);
    for (const other of namesUsed(code)) used.add(other);
  }
  return needed;
}

export const isPreludeFunction = (name: string): boolean => Object.hasOwn(preludeFunctions, name);

/** Functions and macros that generated programs stand on, by name; none uses one behind it. */
const preludeFunctions: Readonly<Record<string, string>> = {
  read_str: `/* A string of the process or, where it has none there, of the kernel; empty where there is neither. */
static __always_inline void read_str(char *to, u32 size, const void *from)
{
	if (bpf_probe_read_user_str(to, size, from) < 0 && bpf_probe_read_kernel_str(to, size, from) < 0)
		to[0] = 0;
}`,
  read_joined: `/* The strings of a list of the process, with spaces between them; at most half of the room for each, and 32. */
static __always_inline void read_joined(char *to, u32 size, const void *from)
{
	const char *const *strings = from;
	const u64 half = size / 2;
	u64 used = 0;

	for (u32 index = 0; index < 32; index++) {
		const char *string = 0;
		s64 length;

		if (bpf_probe_read_user(&string, sizeof(string), &strings[index]) || !string)
			break;
		/* The verifier has to see both limits just before the sum. */
		barrier_var(used);
		if (used > half)
			break;
		length = bpf_probe_read_user_str(to + used, half, string);
		if (length < 1 || length > half)
			break;
		to[used + length - 1] = ' ';
		used += length;
	}
	barrier_var(used);
	if (used > 0 && used <= size)
		to[used - 1] = 0;
	else
		to[0] = 0;
}`,
  user_at: `/* An element of an array that is in the process's memory; zero where it cannot be read. */
#define user_at(pointer, index)                                                        \\
	({                                                                             \\
		__typeof__(((void)0, (pointer)[0])) lbc_at;                            \\
		bpf_probe_read_user(&lbc_at, sizeof(lbc_at), &(pointer)[index]);       \\
		lbc_at;                                                                \\
	})`,
  record: `/* The context as if it were new to the compiler, which then computes no address from it beforehand. */
#define record(ctx)                         \\
	({                                  \\
		__typeof__(ctx) lbc_ctx = (ctx); \\
		barrier_var(lbc_ctx);       \\
		lbc_ctx;                    \\
	})`,
  is_compat: `/* Whether the process is a 32-bit one: its system calls have other numbers, and their tracepoints leave them out. */
static __always_inline bool is_compat(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(task, thread_info.status) & 2; /* TS_COMPAT */
#elif defined(__TARGET_ARCH_arm64)
	return BPF_CORE_READ(task, thread_info.flags) & (1UL << 22); /* TIF_32BIT */
#else
	return false;
#endif
}`,
  same_bytes: `static __always_inline bool same_bytes(const char *text, const char *word, u32 size)
{
#pragma unroll
	for (u32 index = 0; index < size; index++)
		if (text[index] != word[index])
			return false;
	return true;
}`,
  same: `/* Whether a text in an array is a word. */
#define same(text, word) same_bytes(text, word, sizeof(text) < sizeof(word) ? sizeof(text) : sizeof(word))`,
  same_at: `/* Whether a string behind a pointer is a word: one byte more is read, which tells longer ones. */
#define same_at(pointer, word)                                             \\
	({                                                                 \\
		char lbc_text[sizeof(word) + 1];                           \\
		read_str(lbc_text, sizeof(lbc_text), (const void *)(pointer)); \\
		same_bytes(lbc_text, word, sizeof(word));                  \\
	})`,
  add: `static __always_inline void add(void *map, const void *key, s64 number)
{
	s64 zero = 0, *value = bpf_map_lookup_elem(map, key);

	if (!value) {
		bpf_map_update_elem(map, key, &zero, BPF_NOEXIST);
		value = bpf_map_lookup_elem(map, key);
	}
	if (value)
		__sync_fetch_and_add(value, number);
}`,
  keep_min: `static __always_inline void keep_min(void *map, const void *key, s64 number)
{
	s64 *value = bpf_map_lookup_elem(map, key);

	if (!value)
		bpf_map_update_elem(map, key, &number, BPF_NOEXIST);
	else if (number < *value)
		*value = number;
}`,
  keep_max: `static __always_inline void keep_max(void *map, const void *key, s64 number)
{
	s64 *value = bpf_map_lookup_elem(map, key);

	if (!value)
		bpf_map_update_elem(map, key, &number, BPF_NOEXIST);
	else if (number > *value)
		*value = number;
}`,
  add_to_average: `static __always_inline void add_to_average(void *map, const void *key, s64 number)
{
	struct average none = {}, *value = bpf_map_lookup_elem(map, key);

	if (!value) {
		bpf_map_update_elem(map, key, &none, BPF_NOEXIST);
		value = bpf_map_lookup_elem(map, key);
	}
	if (value) {
		__sync_fetch_and_add(&value->total, number);
		__sync_fetch_and_add(&value->count, 1);
	}
}`,
};
