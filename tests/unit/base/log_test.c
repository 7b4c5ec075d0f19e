/*
 * Log lines in both forms, levels, silence.
 */
#include "base/log.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/line_sink.h"
#include "tests/support/unit.h"

/* What was written to the file so far; malloc'd. The file is closed. */
static char *
text_of(int fd)
{
	off_t n = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)n + 1);

	ck_assert_int_eq(pread(fd, text, (size_t)n, 0), n);
	close(fd);
	return text;
}

static int64_t
fixed_now(void *arg)
{
	return *(int64_t *)arg;
}

static char *
line_of(enum log_level least, bool json, enum log_level level)
{
	int64_t now = 1741169472123450000;
	int fd = memfd_create("log", 0);
	struct log l = { .out = line_sink_on(fd),
		.level = least,
		.json = json,
		.now_ns = fixed_now,
		.time_arg = &now };

	log_msg(&l, level, "core", "a \"%s\"", "b");
	line_sink_free(l.out);
	return text_of(fd);
}

START_TEST(standard)
{
	char *text = line_of(LOG_INFO, false, LOG_WARN);

	ck_assert_str_eq(
	    text, "2025-03-05T10:11:12.123Z [WARN]  core: a \"b\"\n");
	free(text);
}
END_TEST

START_TEST(as_json)
{
	char *text = line_of(LOG_INFO, true, LOG_INFO);

	ck_assert_str_eq(text,
	    "{\"@level\":\"info\",\"@message\":\"a \\\"b"
	    "\\\"\",\"@module\":\"core\",\"@timestamp\":"
	    "\"2025-03-05T10:11:12.123Z\"}\n");
	free(text);
}
END_TEST

static int64_t
elsewhere(void *arg)
{
	return *(int64_t *)arg + INT64_C(1000000000);
}

static int64_t
here(void *arg)
{
	return *(int64_t *)arg;
}

/* While the clock is not the machine's, a line has both. */
START_TEST(a_moved_clock_shows_real_time)
{
	int64_t at = 0;
	int fd = memfd_create("log", 0);
	char *text;
	struct log l = { .out = line_sink_on(fd),
		.now_ns = here,
		.time_arg = &at,
		.real_if_moved_ns = elsewhere };

	log_msg(&l, LOG_WARN, "core", "a");
	l.json = true;
	log_msg(&l, LOG_WARN, "core", "b");
	line_sink_free(l.out);
	text = text_of(fd);
	ck_assert_str_eq(text,
	    "1970-01-01T00:00:00.000Z [WARN]  core: a "
	    "real=1970-01-01T00:00:01.000Z\n"
	    "{\"@level\":\"warn\",\"@message\":\"b\",\"@module\":\"core\","
	    "\"@timestamp\":\"1970-01-01T00:00:00.000Z\","
	    "\"real\":\"1970-01-01T00:00:01.000Z\"}\n");
	free(text);
}
END_TEST

START_TEST(below_level_is_silent)
{
	char *text = line_of(LOG_ERROR, false, LOG_WARN);
	struct log silent = { .out = NULL };

	ck_assert_str_eq(text, "");
	free(text);
	log_msg(&silent, LOG_ERROR, "core", "x");
	log_msg(NULL, LOG_ERROR, "core", "x");
}
END_TEST

START_TEST(levels)
{
	enum log_level level;

	ck_assert(log_level_parse("Debug", &level));
	ck_assert_int_eq(level, LOG_DEBUG);
	ck_assert(log_level_parse("err", &level));
	ck_assert_int_eq(level, LOG_ERROR);
	ck_assert(log_level_parse("warning", &level));
	ck_assert_int_eq(level, LOG_WARN);
	ck_assert(!log_level_parse("loud", &level));
	ck_assert_str_eq(log_level_name(LOG_TRACE), "trace");
}
END_TEST

START_TEST(a_name_has_a_level_of_its_own)
{
	struct log l = { .level = LOG_INFO };

	log_level_set(&l, "core", LOG_TRACE);
	ck_assert_int_eq(log_level_of(&l, "core"), LOG_TRACE);
	ck_assert_int_eq(log_level_of(&l, "audit"), LOG_INFO);
	log_level_set(&l, NULL, LOG_WARN);
	ck_assert_int_eq(log_level_of(&l, "core"), LOG_WARN);
	log_level_reset(&l, "core");
	ck_assert_int_eq(log_level_of(&l, "core"), LOG_INFO);
	ck_assert_int_eq(log_level_of(&l, "audit"), LOG_WARN);
	log_level_reset(&l, NULL);
	ck_assert_int_eq(log_level_of(&l, "audit"), LOG_INFO);
	for (int i = 0; i < 2 * LOG_OVERRIDES_MAX; i++)
		log_level_set(
		    &l, (const char *[]){ "a", "b" }[i % 2], LOG_ERROR);
	ck_assert_int_eq(l.noverrides, 2);
}
END_TEST

UNIT_MAIN("log", standard, as_json, a_moved_clock_shows_real_time,
    below_level_is_silent, levels, a_name_has_a_level_of_its_own)
