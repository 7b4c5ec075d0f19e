/*
 * The configuration as sys/config/state/sanitized shows it: without secrets.
 */
#include <string.h>

#include "base/duration.h"
#include "server/config/config_fields.h"

static json_t *
config_show_storage(const struct config_storage *s)
{
	json_t *data = json_pack("{s:s, s:s, s:s, s:b}", "type", s->type,
	    "redirect_addr", s->redirect_addr, "cluster_addr", s->cluster_addr,
	    "disable_clustering", (int)s->disable_clustering);

	if (strcmp(s->type, "raft") == 0)
		json_object_set_new(data, "raft",
		    json_pack("{s:s}", "max_entry_size", s->max_entry_size));
	return data;
}

/* Vault 1.19: without a seal there is Shamir's. */
static json_t *
config_show_seals(const struct config_file *c)
{
	json_t *list = json_array(), *one;

	for (int i = 0; i < c->nseals; i++) {
		one = json_pack("{s:s, s:b, s:s}", "type", c->seals[i].type,
		    "disabled", (int)c->seals[i].disabled, "name",
		    c->seals[i].name);
		if (c->seals[i].priority)
			json_object_set_new(one, "priority",
			    json_integer(c->seals[i].priority));
		json_array_append_new(list, one);
	}
	if (c->nseals == 0)
		json_array_append_new(list,
		    json_pack("{s:s, s:b, s:s, s:i}", "type", "shamir",
			"disabled", 0, "name", "shamir", "priority", 1));
	return list;
}

/* Of two blocks the values of the first, where the second says nothing. */
static struct lockout_defaults
config_fill_lockout(
    const struct lockout_defaults *all, const struct lockout_defaults *own)
{
	struct lockout_defaults one = *all;

	one.type = own->type;
	one.disable_lockout |= own->disable_lockout;
	if (own->lockout_threshold >= 0)
		one.lockout_threshold = own->lockout_threshold;
	if (own->lockout_duration >= 0)
		one.lockout_duration = own->lockout_duration;
	if (own->lockout_counter_reset >= 0)
		one.lockout_counter_reset = own->lockout_counter_reset;
	return one;
}

static json_t *
config_show_lockout(const struct lockout_defaults *one)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:b}", "type", one->type,
	    "lockout_threshold", (json_int_t)one->lockout_threshold,
	    "lockout_duration",
	    (json_int_t)(one->lockout_duration * NSEC_PER_SEC),
	    "lockout_counter_reset",
	    (json_int_t)(one->lockout_counter_reset * NSEC_PER_SEC),
	    "disable_lockout", (int)one->disable_lockout);
}

/* With what stands for what was not said; "all" is always there. */
static json_t *
config_show_lockouts(const struct config_file *c)
{
	struct lockout_defaults all = { "all", 5, 900, 900, false }, one;
	json_t *list = json_array();

	for (int i = 0; i < c->nlockouts; i++)
		if (strcmp(c->lockouts[i].type, "all") == 0)
			all = config_fill_lockout(&all, &c->lockouts[i]);
	json_array_append_new(list, config_show_lockout(&all));
	for (int i = 0; i < c->nlockouts; i++) {
		if (strcmp(c->lockouts[i].type, "all") == 0)
			continue;
		one = config_fill_lockout(&all, &c->lockouts[i]);
		json_array_append_new(list, config_show_lockout(&one));
	}
	return list;
}

/* What is not always there. */
static void
config_show_blocks(json_t *data, const struct config_file *c)
{
	if (c->nlisteners) {
		json_t *list = json_array();

		for (int i = 0; i < c->nlisteners; i++)
			json_array_append_new(list,
			    json_pack("{s:s, s:O}", "type",
				c->listeners[i].type, "config",
				c->listeners[i].config));
		json_object_set_new(data, "listeners", list);
	}
	if (c->nlockouts)
		json_object_set_new(
		    data, "user_lockout_configs", config_show_lockouts(c));
	if (c->storage.type)
		json_object_set_new(
		    data, "storage", config_show_storage(&c->storage));
	if (c->ha_storage.type)
		json_object_set_new(
		    data, "ha_storage", config_show_storage(&c->ha_storage));
	if (c->service_registration)
		json_object_set_new(data, "service_registration",
		    json_pack("{s:s}", "type", c->service_registration));
	if (c->telemetry.given) {
		json_t *telemetry = json_object();

		config_telemetry_show(telemetry, &c->telemetry);
		json_object_set_new(
		    telemetry, "circonus_api_token", json_string(""));
		json_object_del(telemetry, "enable_hostname_label");
		json_object_del(telemetry, "filter_default");
		json_object_del(telemetry, "prefix_filter");
		json_object_set_new(data, "telemetry", telemetry);
	}
}

json_t *
config_file_sanitized(const struct config_file *c)
{
	static const char *const optional[] = { "log_file", "log_rotate_bytes",
		"log_rotate_duration", "log_rotate_max_files" };
	json_t *data = json_object();

	config_fields_show(data, c);
	for (size_t i = 0; i < sizeof(optional) / sizeof(*optional); i++) {
		const json_t *value = json_object_get(data, optional[i]);

		if (json_string_length(value) == 0 &&
		    json_integer_value(value) == 0)
			json_object_del(data, optional[i]);
	}
	json_object_set(data, "enable_ui", json_object_get(data, "ui"));
	json_object_del(data, "ui");
	json_object_del(data, "license_path");
	json_object_set_new(data, "default_max_request_duration",
	    json_integer(c->default_max_request_duration * NSEC_PER_SEC));
	json_object_set_new(data, "seals", config_show_seals(c));
	config_show_blocks(data, c);
	return data;
}
