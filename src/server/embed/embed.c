/*
 * The library's life: mv_new to mv_free. Options become the same struct that
 * the command line fills.
 */
#include "server/embed/embed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/control_host.h"
#include "server/listeners.h"
#include "server/spaces.h"

int
mv_set(struct mv_options *options, const char *name, const char *value)
{
	if (options->nsettings < 0 || options->nsettings >= MV_SETTINGS_MAX)
		return 0;
	options->settings[options->nsettings].name = name;
	options->settings[options->nsettings].value = value;
	options->nsettings++;
	return 1;
}

static const char *
embed_copy_string(struct mockvault *mv, const char *text)
{
	return text ? arena_strdup(mv->arena, text) : NULL;
}

static bool
embed_fill_options(
    struct mockvault *mv, const struct mv_options *from, struct error *e)
{
	struct options *o = &mv->options;
	const char *version = embed_copy_string(mv, from->vault_version);
	const char *listen = embed_copy_string(mv, from->listen);

	options_defaults(o);
	o->dev = true;
	o->dev_no_store_token = true;
	o->log_level = "error";
	o->admin_addr = "none";
	o->dev_listen_address = listen ? listen : "127.0.0.1:0";
	o->dev_root_token_id = embed_copy_string(mv, from->root_token);
	o->dev_kv_v1 = from->kv_v1 != 0;
	o->dev_tls = from->tls != 0;
	o->db_path = embed_copy_string(mv, from->db);
	o->seed = embed_copy_string(mv, from->seed);
	if (from->faults_follow_clock)
		o->fault_clock = "virtual";
	if (version)
		o->vault_version = version;
	if (from->fixtures)
		o->fixtures.items[o->fixtures.n++] = embed_copy_string(
		    mv, from->fixtures);
	for (int i = 0; i < from->nsettings; i++)
		if (!options_set(o,
			embed_copy_string(mv, from->settings[i].name),
			embed_copy_string(mv, from->settings[i].value), e))
			return false;
	return true;
}

static void
embed_on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct mockvault *mv = arg;
	char bytes[64];
	ssize_t n;

	(void)what;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		if (memchr(bytes, 's', (size_t)n))
			mv->host.stopping = true;
}

static bool
embed_watch_wakes(struct mockvault *mv, struct error *e)
{
	if (pipe2(mv->wake_pipe, O_CLOEXEC | O_NONBLOCK) == 0) {
		mv->wake_event = event_new(mv->host.base, mv->wake_pipe[0],
		    EV_READ | EV_PERSIST, embed_on_wake, mv);
		if (mv->wake_event && event_add(mv->wake_event, NULL) == 0)
			return true;
	}
	return error_set(e, 500, "out of resources");
}

static bool
embed_start(struct mockvault *mv, struct error *e)
{
	const char *listen;

	if (!host_init(&mv->host, &mv->options, e) ||
	    !instance_init(&mv->instance, &mv->host, &mv->options, e) ||
	    !embed_watch_wakes(mv, e))
		return false;
	listen = mv->options.dev_listen_address;
	return (strcmp(listen, "none") == 0 ||
		   (listeners_open(&mv->instance, e) &&
		       spaces_open(&mv->instance, e))) &&
	    control_host_start(&mv->instance, e);
}

struct mockvault *
mv_new(const struct mv_options *options, char *why, size_t why_size)
{
	const struct mv_options defaults = { .kv_v1 = 0 };
	struct mockvault *mv = xcalloc(1, sizeof(*mv));
	struct error e = { 0 };

	mv->wake_pipe[0] = mv->wake_pipe[1] = -1;
	mv->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	mv->changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	mv->arena = arena_new();
	if (embed_fill_options(mv, options ? options : &defaults, &e) &&
	    embed_start(mv, &e))
		return mv;
	if (why)
		snprintf(why, why_size, "%s", e.text);
	error_release(&e);
	mv_free(mv);
	return NULL;
}

void
mv_free(struct mockvault *mv)
{
	struct embed_answer *a, *next;

	if (!mv)
		return;
	if (mv->wake_event)
		event_free(mv->wake_event);
	for (int i = 0; i < 2; i++)
		if (mv->wake_pipe[i] >= 0)
			close(mv->wake_pipe[i]);
	listeners_close(&mv->instance);
	spaces_free(mv->host.spaces);
	instance_release(&mv->instance);
	host_release(&mv->host);
	for (a = mv->answers; a; a = next) {
		next = a->next;
		buf_release(&a->body);
		free(a);
	}
	pthread_cond_destroy(&mv->changed);
	pthread_mutex_destroy(&mv->lock);
	arena_free(mv->arena);
	free(mv);
}

const char *
mv_address(const struct mockvault *mv)
{
	return mv->instance.api_addr;
}

const char *
mv_root_token(const struct mockvault *mv)
{
	return mv->instance.root_token;
}

const char *
mv_ca_file(const struct mockvault *mv)
{
	return mv->instance.dev_ca_path;
}

void
mv_run(struct mockvault *mv)
{
	embed_serve(mv, false, -1);
}

void
mv_step(struct mockvault *mv, int wait_ms)
{
	embed_serve(mv, true, wait_ms < 0 ? -1 : (int64_t)wait_ms * 1000000);
}

void
mv_stop(struct mockvault *mv)
{
	embed_wake(mv, 's');
}
