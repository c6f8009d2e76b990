/* What every C testee needs: it reads records and prints lines of JSON. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	unsigned int type, leaves, bytes;
	const unsigned char *marks, *data;
} record;
static unsigned char *records;
static size_t records_size, records_at;
static unsigned int marks_at;
static const char *separator = "";

static void read_records(const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file || fseek(file, 0, SEEK_END))
		exit(2);
	records_size = ftell(file);
	records = malloc(records_size + 1);
	rewind(file);
	if (!records || fread(records, 1, records_size, file) != records_size)
		exit(2);
	fclose(file);
}

static unsigned int record_number(void)
{
	const unsigned char *at = records + records_at;

	records_at += 4;
	return at[0] | at[1] << 8 | at[2] << 16 | (unsigned int)at[3] << 24;
}

static int next_record(void)
{
	if (records_at >= records_size)
		return 0;
	record.type = record_number();
	record.leaves = record_number();
	record.bytes = record_number();
	record.marks = records + records_at;
	record.data = record.marks + record.leaves;
	records_at += record.leaves + record.bytes;
	marks_at = 0;
	return 1;
}

static int next_mark(void)
{
	return record.marks[marks_at++];
}

/* Pairs of offset and size, or -1 twice, up to -2. */
static void show_facts(int type, long size, long align, ...)
{
	const char *comma = "";
	va_list list;

	printf("%s{\"type\":%d,\"size\":%ld,\"align\":%ld,\"members\":[", separator, type, size, align);
	separator = "\n";
	va_start(list, align);
	for (;;) {
		long offset = va_arg(list, long);

		if (offset == -2)
			break;
		if (offset == -1)
			printf("%snull", comma);
		else
			printf("%s[%ld,%ld]", comma, offset, va_arg(list, long));
		if (offset == -1)
			(void)va_arg(list, long);
		comma = ",";
	}
	va_end(list);
	printf("]}");
}

#define FACTS(id, type, ...) show_facts(id, sizeof(type), _Alignof(type), __VA_ARGS__)

static const char *value_comma;

static void show_number(const char *sign, unsigned __int128 value)
{
	char digits[41];
	int at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = '0' + (int)(value % 10);
		value /= 10;
	} while (value);
	printf("%s\"%s%s\"", value_comma, sign, digits + at);
	value_comma = ",";
}

static void show_unsigned(unsigned __int128 value)
{
	show_number("", value);
}

static void show_signed(__int128 value)
{
	if (value < 0)
		show_number("-", -(unsigned __int128)value);
	else
		show_number("", value);
}

static void show_hex(const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

static void show_bytes(const void *data, size_t size)
{
	printf("%s\"", value_comma);
	show_hex(data, size);
	printf("\"");
	value_comma = ",";
}

static void show_text(const char *text, size_t size)
{
	show_bytes(text, strnlen(text, size));
}

static void show_float(float value)
{
	unsigned int bits;

	memcpy(&bits, &value, sizeof(bits));
	printf("%s\"%08x\"", value_comma, bits);
	value_comma = ",";
}

static void show_double(double value)
{
	unsigned long long bits;

	memcpy(&bits, &value, sizeof(bits));
	printf("%s\"%016llx\"", value_comma, bits);
	value_comma = ",";
}

/* Values in memory that is aligned as the type wants it. */
#define RUN(id, type)                                                                                                  \
	do {                                                                                                           \
		type *from = aligned_alloc(256, (record.bytes + 256) / 256 * 256);                                     \
		type *to = aligned_alloc(256, (record.bytes + 256) / 256 * 256);                                       \
		memcpy(from, record.data, record.bytes);                                                               \
		memset(to, 0, record.bytes);                                                                           \
		value_comma = "";                                                                                      \
		printf("%s{\"values\":[", separator);                                                                  \
		separator = "\n";                                                                                      \
		show_##id(from);                                                                                       \
		printf("],\"bytes\":\"");                                                                              \
		copy_##id(from, to);                                                                                   \
		show_hex(to, record.bytes);                                                                            \
		printf("\"}");                                                                                         \
		free(from);                                                                                            \
		free(to);                                                                                              \
	} while (0)
