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
host_info_memory_line(json_t *memory, char *line)
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
host_info_json_int(const json_t *from, const char *key)
{
	return json_integer_value(json_object_get(from, key));
}

static json_t *
host_info_memory(void)
{
	json_t *memory = json_object();
	FILE *f = fopen("/proc/meminfo", "re");
	char line[256];
	int64_t total, used;

	for (size_t i = 0; i < sizeof(memory_keys) / sizeof(memory_keys[0]);
	     i++)
		json_object_set_new(
		    memory, memory_keys[i].key, json_integer(0));
	while (f && fgets(line, sizeof(line), f))
		host_info_memory_line(memory, line);
	if (f)
		fclose(f);
	total = host_info_json_int(memory, "total");
	used = total - host_info_json_int(memory, "available");
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
host_info_words(char *text)
{
	json_t *list = json_array();
	char *save;

	for (char *w = strtok_r(text, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		json_array_append_new(list, json_string(w));
	return list;
}

static json_t *
host_info_cpu_value(char kind, char *text)
{
	if (kind == 'i')
		return json_integer(strtoll(text, NULL, 10));
	if (kind == 'f')
		return json_real(strtod(text, NULL));
	return kind == 'w' ? host_info_words(text) : json_string(text);
}

static void
host_info_cpu_line(json_t *list, char *line)
{
	char *colon = strchr(line, ':'), *name, *value;
	json_t *cpu = json_array_get(list, json_array_size(list) - 1);

	if (!colon)
		return;
	*colon = '\0';
	name = trim_space(line);
	value = trim_space(colon + 1);
	if (strcmp(name, "processor") == 0)
		json_array_append_new(list,
		    json_pack(
			"{s:I, s:s, s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:f, "
			"s:i, s:[], s:s}",
			"cpu", (json_int_t)strtoll(value, NULL, 10), "vendorId",
			"", "family", "", "model", "", "stepping", 0,
			"physicalId", "", "coreId", "", "cores", 1, "modelName",
			"", "mhz", 0.0, "cacheSize", 0, "flags", "microcode",
			""));
	for (size_t i = 0; cpu && i < sizeof(cpu_keys) / sizeof(cpu_keys[0]);
	     i++)
		if (strcmp(name, cpu_keys[i].name) == 0)
			json_object_set_new(cpu, cpu_keys[i].key,
			    host_info_cpu_value(cpu_keys[i].kind, value));
}

static json_t *
host_info_cpus(void)
{
	json_t *list = json_array();
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[LINE_MAX_BYTES];

	while (f && fgets(line, sizeof(line), f))
		host_info_cpu_line(list, line);
	if (f)
		fclose(f);
	return list;
}

/* A "cpu0 ..." line of /proc/stat, in seconds. */
static json_t *
host_info_cpu_times_line(char *line)
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
host_info_cpu_times(int64_t *boot_s)
{
	json_t *list = json_array();
	FILE *f = fopen("/proc/stat", "re");
	char line[LINE_MAX_BYTES];

	*boot_s = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (starts_with(line, "btime "))
			*boot_s = strtoll(line + 6, NULL, 10);
		if (starts_with(line, "cpu") && line[3] != ' ')
			json_array_append_new(
			    list, host_info_cpu_times_line(line));
	}
	if (f)
		fclose(f);
	return list;
}

/* ---- disk and host ---- */

static json_t *
host_info_disk(void)
{
	struct statvfs s;
	double total, used, nodes, taken;

	if (statvfs("/", &s) < 0)
		return json_array();
	total = (double)s.f_blocks * (double)s.f_frsize;
	used = (double)(s.f_blocks - s.f_bfree) * (double)s.f_frsize;
	nodes = (double)s.f_files;
	taken = (double)(s.f_files - s.f_ffree);
	return json_pack("[{s:s, s:s, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:f}]",
	    "path", "/", "fstype", "", "total", (json_int_t)total, "free",
	    (json_int_t)((double)s.f_bavail * (double)s.f_frsize), "used",
	    (json_int_t)used, "usedPercent",
	    total > 0 ? 100 * used / total : 0.0, "inodesTotal",
	    (json_int_t)nodes, "inodesUsed", (json_int_t)taken, "inodesFree",
	    (json_int_t)s.f_ffree, "inodesUsedPercent",
	    nodes > 0 ? 100 * taken / nodes : 0.0);
}

static json_t *
host_info_host(int64_t boot_s)
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
	    (json_int_t)strtoll(line, NULL, 10), "bootTime", (json_int_t)boot_s,
	    "procs", 0, "os", "linux", "platform", "", "platformFamily", "",
	    "platformVersion", "", "kernelVersion", u.release, "kernelArch",
	    u.machine, "virtualizationSystem", "", "virtualizationRole", "",
	    "hostId", "");
}

static enum handler_result
host_info_read(struct request *req)
{
	int64_t boot_s;
	json_t *times = host_info_cpu_times(&boot_s);

	return reply_data(req,
	    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "cpu", host_info_cpus(),
		"cpu_times", times, "disk", host_info_disk(), "host",
		host_info_host(boot_s), "memory", host_info_memory(),
		"timestamp", reply_time_json(req, req->started_ns)));
}

const struct route sys_host_info_routes[] = {
	{ OP_READ, "sys/host-info/?", 0, NULL, host_info_read, NULL,
	    "The machine under the program" },
	ROUTE_END,
};
