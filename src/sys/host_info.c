/*
 * sys/host-info: the machine under the program, as /proc tells it. What /proc
 * does not tell is left at zero.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/text.h"
#include "sys/route_tables.h"

#define LINE_MAX_BYTES 8192

/* ---- memory ---- */

static const struct {
	const char *name; /* in /proc/meminfo */
	const char *key;
} memory_keys[] = {
	{ "MemTotal", "total" },
	{ "MemFree", "free" },
	{ "MemAvailable", "available" },
	{ "Buffers", "buffers" },
	{ "Cached", "cached" },
	{ "Active", "active" },
	{ "Inactive", "inactive" },
	{ "Dirty", "dirty" },
	{ "Writeback", "writeBack" },
	{ "Shmem", "shared" },
	{ "Slab", "slab" },
	{ "SReclaimable", "sreclaimable" },
	{ "SUnreclaim", "sunreclaim" },
	{ "PageTables", "pageTables" },
	{ "SwapCached", "swapCached" },
	{ "CommitLimit", "commitLimit" },
	{ "Committed_AS", "committedAS" },
	{ "HighTotal", "highTotal" },
	{ "HighFree", "highFree" },
	{ "LowTotal", "lowTotal" },
	{ "LowFree", "lowFree" },
	{ "SwapTotal", "swapTotal" },
	{ "SwapFree", "swapFree" },
	{ "Mapped", "mapped" },
	{ "VmallocTotal", "vmallocTotal" },
	{ "VmallocUsed", "vmallocUsed" },
	{ "VmallocChunk", "vmallocChunk" },
};

static void
memory_line(json_t *memory, char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return;
	*colon = '\0';
	for (size_t i = 0; i < sizeof(memory_keys) / sizeof(memory_keys[0]);
	     i++)
		if (strcmp(line, memory_keys[i].name) == 0)
			json_object_set_new(memory, memory_keys[i].key,
			    json_integer(strtoll(colon + 1, NULL, 10) * 1024));
}

static int64_t
number(const json_t *from, const char *key)
{
	return json_integer_value(json_object_get(from, key));
}

static json_t *
memory_info(void)
{
	json_t *memory = json_object();
	FILE *f = fopen("/proc/meminfo", "re");
	char line[256];
	int64_t total, used;

	for (size_t i = 0; i < sizeof(memory_keys) / sizeof(memory_keys[0]);
	     i++)
		json_object_set_new(memory, memory_keys[i].key,
		    json_integer(0));
	while (f && fgets(line, sizeof(line), f))
		memory_line(memory, line);
	if (f)
		fclose(f);
	total = number(memory, "total");
	used = total - number(memory, "available");
	json_object_set_new(memory, "used", json_integer(used));
	json_object_set_new(memory, "usedPercent",
	    json_real(total ? 100.0 * (double)used / (double)total : 0));
	return memory;
}

/* ---- processors ---- */

static const struct {
	const char *name; /* in /proc/cpuinfo */
	const char *key;
	char kind; /* 's' text, 'i' integer, 'f' float, 'w' words */
} cpu_keys[] = {
	{ "vendor_id", "vendorId", 's' },
	{ "cpu family", "family", 's' },
	{ "model", "model", 's' },
	{ "model name", "modelName", 's' },
	{ "stepping", "stepping", 'i' },
	{ "physical id", "physicalId", 's' },
	{ "core id", "coreId", 's' },
	{ "cpu MHz", "mhz", 'f' },
	{ "cache size", "cacheSize", 'i' },
	{ "microcode", "microcode", 's' },
	{ "flags", "flags", 'w' },
	{ "Features", "flags", 'w' },
};

static json_t *
cpu_draft(int64_t n)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:f, "
			 "s:i, s:[], s:s}",
	    "cpu", (json_int_t)n, "vendorId", "", "family", "", "model", "",
	    "stepping", 0, "physicalId", "", "coreId", "", "cores", 1,
	    "modelName", "", "mhz", 0.0, "cacheSize", 0, "flags", "microcode",
	    "");
}

static json_t *
words(char *text)
{
	json_t *list = json_array();
	char *save;

	for (char *w = strtok_r(text, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		json_array_append_new(list, json_string(w));
	return list;
}

static json_t *
cpu_value(char kind, char *text)
{
	if (kind == 'i')
		return json_integer(strtoll(text, NULL, 10));
	if (kind == 'f')
		return json_real(strtod(text, NULL));
	return kind == 'w' ? words(text) : json_string(text);
}

static void
cpu_line(json_t *list, char *line)
{
	char *colon = strchr(line, ':'), *name, *value;
	json_t *cpu = json_array_get(list, json_array_size(list) - 1);

	if (!colon)
		return;
	*colon = '\0';
	name = trim(line);
	value = trim(colon + 1);
	if (strcmp(name, "processor") == 0)
		json_array_append_new(list,
		    cpu_draft(strtoll(value, NULL, 10)));
	for (size_t i = 0; cpu && i < sizeof(cpu_keys) / sizeof(cpu_keys[0]);
	     i++)
		if (strcmp(name, cpu_keys[i].name) == 0)
			json_object_set_new(cpu, cpu_keys[i].key,
			    cpu_value(cpu_keys[i].kind, value));
}

static json_t *
cpu_info(void)
{
	json_t *list = json_array();
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[LINE_MAX_BYTES];

	while (f && fgets(line, sizeof(line), f))
		cpu_line(list, line);
	if (f)
		fclose(f);
	return list;
}

/* A "cpu0 ..." line of /proc/stat, in seconds. */
static json_t *
times_of(char *line)
{
	static const char *const keys[] = { "user", "nice", "system", "idle",
		"iowait", "irq", "softirq", "steal", "guest", "guestNice" };
	json_t *times = json_object();
	char *at = line + strcspn(line, " ");
	double hertz = (double)sysconf(_SC_CLK_TCK);

	*at++ = '\0';
	json_object_set_new(times, "cpu", json_string(line));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set_new(times, keys[i],
		    json_real((double)strtoll(at, &at, 10) / hertz));
	return times;
}

/* Lines of /proc/stat: cpuN's times, and when the machine came up. */
static json_t *
cpu_times(int64_t *boot)
{
	json_t *list = json_array();
	FILE *f = fopen("/proc/stat", "re");
	char line[LINE_MAX_BYTES];

	*boot = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (starts_with(line, "btime "))
			*boot = strtoll(line + 6, NULL, 10);
		if (starts_with(line, "cpu") && line[3] != ' ')
			json_array_append_new(list, times_of(line));
	}
	if (f)
		fclose(f);
	return list;
}

/* ---- disk and host ---- */

static json_t *
disk_info(void)
{
	struct statvfs s;
	double total, used, nodes, taken;

	if (statvfs("/", &s) < 0)
		return json_array();
	total = (double)s.f_blocks * (double)s.f_frsize;
	used = (double)(s.f_blocks - s.f_bfree) * (double)s.f_frsize;
	nodes = (double)s.f_files;
	taken = (double)(s.f_files - s.f_ffree);
	return json_pack(
	    "[{s:s, s:s, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:f}]", "path",
	    "/", "fstype", "", "total", (json_int_t)total, "free",
	    (json_int_t)((double)s.f_bavail * (double)s.f_frsize), "used",
	    (json_int_t)used, "usedPercent",
	    total > 0 ? 100 * used / total : 0.0, "inodesTotal",
	    (json_int_t)nodes, "inodesUsed", (json_int_t)taken, "inodesFree",
	    (json_int_t)s.f_ffree, "inodesUsedPercent",
	    nodes > 0 ? 100 * taken / nodes : 0.0);
}

static json_t *
host_info(int64_t boot)
{
	FILE *f = fopen("/proc/uptime", "re");
	char line[64] = "";
	struct utsname u;

	if (f) {
		if (!fgets(line, sizeof(line), f))
			line[0] = '\0';
		fclose(f);
	}
	if (uname(&u) < 0)
		return json_object();
	return json_pack("{s:s, s:I, s:I, s:i, s:s, s:s, s:s, s:s, s:s, s:s, "
			 "s:s, s:s, s:s}",
	    "hostname", u.nodename, "uptime",
	    (json_int_t)strtoll(line, NULL, 10), "bootTime", (json_int_t)boot,
	    "procs", 0, "os", "linux", "platform", "", "platformFamily", "",
	    "platformVersion", "", "kernelVersion", u.release, "kernelArch",
	    u.machine, "virtualizationSystem", "", "virtualizationRole", "",
	    "hostId", "");
}

static verdict
host(struct request *req)
{
	int64_t boot;
	json_t *times = cpu_times(&boot);

	return reply_data(req,
	    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "cpu", cpu_info(),
		"cpu_times", times, "disk", disk_info(), "host",
		host_info(boot), "memory", memory_info(), "timestamp",
		json_instant(req, req->started)));
}

const struct route sys_host_info_routes[] = {
	{ OP_READ, "sys/host-info/?", 0, NULL, host, NULL,
	    "The machine under the program" },
	ROUTE_END,
};
