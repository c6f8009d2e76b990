/** Functions that generated programs stand on, by name; each is printed where a program uses it. */
export const preludeFunctions: Readonly<Record<string, string>> = {
  read_str: `/* A string of the process or, where it has none there, of the kernel; empty where there is neither. */
static __always_inline void read_str(char *to, u32 size, const void *from)
{
	if (bpf_probe_read_user_str(to, size, from) < 0 && bpf_probe_read_kernel_str(to, size, from) < 0)
		to[0] = 0;
}`,
  record: `/* The context as if it were new to the compiler, which then computes no address from it beforehand. */
#define record(ctx)                         \\
	({                                  \\
		__typeof__(ctx) lbc_ctx = (ctx); \\
		barrier_var(lbc_ctx);       \\
		lbc_ctx;                    \\
	})`,
  same: `/* Whether a text in an array is a word. */
#define same(text, word) same_bytes(text, word, sizeof(text) < sizeof(word) ? sizeof(text) : sizeof(word))
static __always_inline bool same_bytes(const char *text, const char *word, u32 size)
{
#pragma unroll
	for (u32 index = 0; index < size; index++)
		if (text[index] != word[index])
			return false;
	return true;
}`,
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
