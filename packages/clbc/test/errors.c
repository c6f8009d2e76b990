/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "test.h"

static void every_code_of_clbc_is_explained_with_a_hint_or_alone(void)
{
	char message[256];

	for (int code = CLBC_NOT_LOADED; code < CLBC_ERROR_END; code++) {
		clbc_strerror(-code, message, sizeof(message));
		CHECK(message[0] && !strstr(message, "nknown"));
	}
	CHECK(!strncmp(clbc_strerror(-CLBC_NOT_LOADED, message, sizeof(message)), "not loaded: call NAME__load()", 29));
	CHECK(!strcmp(clbc_strerror(CLBC_STOPPED, message, sizeof(message)), "stopped"));
}

static void codes_of_the_system_and_of_libbpf_keep_their_message(void)
{
	char message[256];

	CHECK(!strcmp(clbc_strerror(-ENOENT, message, sizeof(message)), "No such file or directory"));
	CHECK(strstr(clbc_strerror(-524, message, sizeof(message)), "ENOTSUPP"));
	CHECK(strstr(clbc_strerror(-LIBBPF_ERRNO__ENDIAN, message, sizeof(message)), "-target bpfel"));
}

static void only_who_lacks_capabilities_is_told_to_get_them(void)
{
	const uid_t nobody = 65534;

	CHECK(!strstr(clbc_hint(-EPERM), "as root"));
	CHECK(clbc_may_trace() == !!strstr(clbc_hint(-EPERM), "trampolines"));
	CHECK(setuid(nobody) == 0);
	CHECK(!clbc_may_trace() && strstr(clbc_hint(-EPERM), "CAP_BPF"));
}

static void a_short_buffer_gets_the_beginning_of_the_message(void)
{
	char message[12];

	CHECK(!strcmp(clbc_strerror(ENOENT, message, sizeof(message)), "No such fil"));
}

void test_errors(void)
{
	RUN(every_code_of_clbc_is_explained_with_a_hint_or_alone);
	RUN(codes_of_the_system_and_of_libbpf_keep_their_message);
	RUN(only_who_lacks_capabilities_is_told_to_get_them);
	RUN(a_short_buffer_gets_the_beginning_of_the_message);
}
