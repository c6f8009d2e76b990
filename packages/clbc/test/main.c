/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Tests of clbc and of generated skeletons on the running kernel, as root. */
#include "test.h"

int failed_tests;

int main(void)
{
	setbuf(stdout, NULL);
	test_errors();
	test_maps();
	test_kinds();
	test_streams();
	test_attach();
	test_links();
	test_target();
	test_kernel();
	test_tools();
	test_lifecycle();
	test_overload();
	return failed_tests != 0;
}
