/* What C can do to a layout; compiled by hand into shapes.layout.json (see README.md). */
typedef unsigned char u8;
typedef signed char s8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;
typedef _Bool bool;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name

enum state { IDLE, RUNNING = 7, FAILED = -1 };
enum wide { NARROW = 1, WIDE = 0x100000000ULL };

/* Bit-fields of every kind. */
struct bits {
	u32 a : 3;
	s32 b : 5;
	u32 c : 24;
	u64 d : 40;
	s64 e : 20;
	bool f : 1;
	enum state g : 4;
};

struct packed_bits {
	u64 low : 4;
	u64 high : 63;
} __attribute__((packed));

struct three_bytes {
	u32 a : 20;
	u32 b : 4;
} __attribute__((packed));

struct scalars {
	bool flag;
	char letter;
	s8 tiny;
	u16 port;
	enum state state;
	enum wide wide;
	float f;
	double d;
	__int128 huge;
	void *address;
	struct scalars *next;
};

struct arrays {
	u8 mac[6];
	char name[10];
	u16 ports[3];
	u32 grid[2][3];
	char words[2][4];
	enum state states[2];
	bool flags[2];
	u64 slots[2];
};

struct packed {
	u8 tag;
	u64 value;
	struct three_bytes bits;
	u16 last;
} __attribute__((packed));

/* An IPv4 or IPv6 address, as in tcptop. */
struct peer {
	u16 family;
	union {
		u32 v4;
		u8 v6[16];
	};
	struct {
		u16 port;
		u16 zone;
	};
};

union value {
	u64 number;
	double real;
	struct {
		u32 low;
		u32 high;
	} halves;
	char text[8];
};

struct nested {
	union value value;
	struct peer peers[2];
	struct packed packed;
	struct {
		u32 x;
		u32 y;
	} point;
};

struct record {
	u32 length;
	u16 items[];
};

struct outer_record {
	u64 time;
	struct record record;
};

struct empty {};

struct names {
	u32 class;
	u32 constructor;
	u32 foo_bar;
	u32 fooBar;
	u32 _1st;
	u32 view;
	u32 offset;
	struct empty nothing;
};

struct bpf_spin_lock {
	u32 val;
};

struct locked {
	struct bpf_spin_lock lock;
	u32 count;
};

struct {
	__uint(type, 1);
	__uint(max_entries, 16);
	__type(key, struct peer);
	__type(value, struct locked);
} by_peer SEC(".maps");

struct {
	__uint(type, 6);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nested);
} per_cpu SEC(".maps");

struct {
	__uint(type, 1);
	__uint(max_entries, 4);
	__type(key, char[16]);
	__type(value, u32[4]);
} by_name SEC(".maps");

struct {
	struct outer_record(*type)[27];
	__uint(max_entries, 4096);
} records SEC(".maps");

struct {
	__uint(type, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} unknown SEC(".maps");

const volatile char prefix[8] = "abc";
const volatile enum state start = RUNNING;
struct bits bits;
struct packed_bits packed_bits;
struct scalars scalars;
struct arrays arrays;
struct names names;
struct peer last_peer = {.family = 2, .v4 = 0x0100007f};
union value *unused;
__int128 wide_counter SEC(".data.counters");

SEC("tracepoint/syscalls/sys_enter_openat")
int on_open(void *ctx)
{
	static u64 calls;

	calls++;
	bits.a = start + prefix[0];
	return last_peer.family;
}

SEC("kprobe")
int on_call(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
