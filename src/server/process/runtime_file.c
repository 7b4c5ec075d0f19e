/*
 * Writing, reading and clearing away the files that name running servers.
 */
#include "server/process/runtime_file.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "server/instance.h"
#include "server/admin_listener.h"
#include "server/listeners.h"

#define RUNTIME_FILE_MAX ((size_t)4096)

static void
runtime_file_folder(char *out, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const char *temporary = getenv("TMPDIR");

	if (runtime && *runtime)
		snprintf(out, size, "%s/mockvault", runtime);
	else
		snprintf(out, size, "%s/mockvault-%ld",
		    temporary && *temporary ? temporary : "/tmp",
		    (long)getuid());
}

/* Ours alone: whoever else could write there could send ctl elsewhere. */
static bool
runtime_file_folder_is_ours(const char *folder)
{
	struct stat st;

	return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == getuid() && !(st.st_mode & 022);
}

void
runtime_file_write(struct instance *in)
{
	char folder[256], admin[220];
	struct error e = { 0 };
	struct listener_address b;
	json_t *doc;
	char *text;

	admin_listener_url(in, admin, sizeof(admin));
	runtime_file_folder(folder, sizeof(folder));
	if (!*admin || (mkdir(folder, 0700) != 0 && errno != EEXIST) ||
	    !runtime_file_folder_is_ours(folder) ||
	    !listener_get_address(in, 0, &b))
		return;
	snprintf(in->host->runtime_file, sizeof(in->host->runtime_file),
	    "%s/%ld.json", folder, (long)getpid());
	doc = json_pack("{s:I, s:s, s:s}", "pid", (json_int_t)getpid(),
	    "admin_addr", admin, "api_addr", b.url);
	text = json_dumps(doc, JSON_COMPACT);
	if (!file_write(in->host->runtime_file, text, strlen(text), &e))
		in->host->runtime_file[0] = '\0';
	free(text);
	json_decref(doc);
}

void
runtime_file_remove(struct instance *in)
{
	if (in->host->runtime_file[0])
		unlink(in->host->runtime_file);
	in->host->runtime_file[0] = '\0';
}

static bool
runtime_file_read(const char *path, struct runtime_server *out)
{
	struct error e = { 0 };
	char *text = file_read(path, RUNTIME_FILE_MAX, NULL, &e);
	json_t *doc = text ? json_loads(text, 0, NULL) : NULL;
	const char *admin = json_string_value(
	    json_object_get(doc, "admin_addr"));
	const char *api = json_string_value(json_object_get(doc, "api_addr"));

	out->pid = (long)json_integer_value(json_object_get(doc, "pid"));
	snprintf(
	    out->admin_addr, sizeof(out->admin_addr), "%s", admin ? admin : "");
	snprintf(out->api_addr, sizeof(out->api_addr), "%s", api ? api : "");
	json_decref(doc);
	free(text);
	return admin && out->pid > 0;
}

static int
runtime_file_filter(const struct dirent *d)
{
	return ends_with(d->d_name, ".json");
}

static int
runtime_file_compare(const struct dirent **a, const struct dirent **b)
{
	long x = strtol((*a)->d_name, NULL, 10);
	long y = strtol((*b)->d_name, NULL, 10);

	return (x > y) - (x < y);
}

size_t
runtime_files_read(struct runtime_server *out, size_t max)
{
	char folder[256];
	struct dirent **names;
	size_t found = 0;
	int n;

	runtime_file_folder(folder, sizeof(folder));
	if (!runtime_file_folder_is_ours(folder))
		return 0;
	n = scandir(folder, &names, runtime_file_filter, runtime_file_compare);
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", folder, names[i]->d_name);
		struct runtime_server server;

		if (runtime_file_read(path, &server)) {
			if (kill((pid_t)server.pid, 0) != 0 && errno == ESRCH)
				unlink(path);
			else if (found++ < max)
				out[found - 1] = server;
		}
		free(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return found;
}
