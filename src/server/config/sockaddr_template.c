/*
 * go-sockaddr templates over the machine's interfaces.
 */
#include "server/config/sockaddr_template.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/go_text.h"
#include "base/mem.h"
#include "base/text.h"

#define ADDRESSES_MAX 64
#define WORDS_MAX 16

struct if_address {
	char name[IF_NAMESIZE];
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	bool v6;
	int prefix; /* length of the network's mask */
	unsigned flags;
};

struct if_list {
	struct if_address items[ADDRESSES_MAX];
	int n;
};

static int
if_mask_length(const struct sockaddr *mask, bool v6)
{
	const uint8_t *p;
	int length = 0, size = v6 ? 16 : 4;

	if (!mask)
		return size * 8;
	p = v6
	    ? ((const struct sockaddr_in6 *)(const void *)mask)
		  ->sin6_addr.s6_addr
	    : (const uint8_t *)&((const struct sockaddr_in *)(const void *)mask)
		  ->sin_addr;
	for (int i = 0; i < size * 8 && p[i / 8] >> (7 - i % 8) & 1; i++)
		length++;
	return length;
}

/* Reads the addresses of the machine's interfaces, at most ADDRESSES_MAX. */
static void
if_list_read(struct if_list *list)
{
	struct ifaddrs *all, *i;

	list->n = 0;
	if (getifaddrs(&all) != 0)
		return;
	for (i = all; i && list->n < ADDRESSES_MAX; i = i->ifa_next) {
		struct if_address *one = &list->items[list->n];
		int family = i->ifa_addr ? i->ifa_addr->sa_family : 0;

		if (family != AF_INET && family != AF_INET6)
			continue;
		memset(one, 0, sizeof(*one));
		snprintf(one->name, sizeof(one->name), "%s", i->ifa_name);
		one->v6 = family == AF_INET6;
		if (one->v6)
			memcpy(one->bytes,
			    &((const struct sockaddr_in6 *)(const void *)
				    i->ifa_addr)
				 ->sin6_addr,
			    16);
		else
			memcpy(one->bytes,
			    &((const struct sockaddr_in *)(const void *)
				    i->ifa_addr)
				 ->sin_addr,
			    4);
		inet_ntop(family, one->bytes, one->text, sizeof(one->text));
		one->prefix = if_mask_length(i->ifa_netmask, one->v6);
		one->flags = i->ifa_flags;
		list->n++;
	}
	freeifaddrs(all);
}

static bool
if_is_in(const struct if_address *i, const char *network, int bits)
{
	uint8_t want[16];
	bool v6 = strchr(network, ':') != NULL;

	if (v6 != i->v6 ||
	    inet_pton(v6 ? AF_INET6 : AF_INET, network, want) != 1)
		return false;
	for (int b = 0; b < bits; b++)
		if ((want[b / 8] ^ i->bytes[b / 8]) >> (7 - b % 8) & 1)
			return false;
	return true;
}

static bool
if_is_link_local(const struct if_address *i)
{
	return if_is_in(i, "169.254.0.0", 16) || if_is_in(i, "fe80::", 10);
}

static bool
if_is_private(const struct if_address *i)
{
	return if_is_in(i, "10.0.0.0", 8) || if_is_in(i, "172.16.0.0", 12) ||
	    if_is_in(i, "192.168.0.0", 16) || if_is_in(i, "100.64.0.0", 10) ||
	    if_is_in(i, "fc00::", 7);
}

static bool
if_is_forwardable(const struct if_address *i)
{
	return !(if_is_in(i, "127.0.0.0", 8) || if_is_in(i, "::1", 128)) &&
	    !if_is_link_local(i);
}

/* The interface of the default route; "" without one. */
static void
if_default_name(char out[IF_NAMESIZE])
{
	FILE *f = fopen("/proc/net/route", "r");
	char line[256], *rest, *name, *to;

	out[0] = '\0';
	while (f && !*out && fgets(line, sizeof(line), f)) {
		name = strtok_r(line, " \t\n", &rest);
		to = strtok_r(NULL, " \t\n", &rest);
		if (to && strspn(to, "0") == strlen(to))
			snprintf(
			    out, IF_NAMESIZE, "%.*s", IF_NAMESIZE - 1, name);
	}
	if (f)
		fclose(f);
}

enum if_source { SOURCE_ALL, SOURCE_DEFAULT, SOURCE_PRIVATE, SOURCE_PUBLIC };

static void
if_list_select(struct if_list *list, enum if_source source)
{
	char name[IF_NAMESIZE];
	int kept = 0;

	if_list_read(list);
	if (source == SOURCE_ALL)
		return;
	if_default_name(name);
	for (int i = 0; i < list->n; i++) {
		const struct if_address *one = &list->items[i];

		if (strcmp(one->name, name) == 0 && (one->flags & IFF_UP) &&
		    if_is_forwardable(one) &&
		    (source == SOURCE_DEFAULT ||
			if_is_private(one) == (source == SOURCE_PRIVATE)))
			list->items[kept++] = *one;
	}
	list->n = kept;
}

static bool
if_has_flag(const struct if_address *i, const char *flag)
{
	if (strcmp(flag, "forwardable") == 0)
		return if_is_forwardable(i);
	if (strcmp(flag, "loopback") == 0)
		return (i->flags & IFF_LOOPBACK) != 0;
	if (strcmp(flag, "link-local unicast") == 0)
		return if_is_link_local(i);
	return strcmp(flag, "up") == 0 && (i->flags & IFF_UP);
}

/* Does the expression occur in the name? One that does not compile, never. */
static bool
if_name_matches(const char *name, const char *expression)
{
	PCRE2_SIZE at;
	int bad;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression,
	    PCRE2_ZERO_TERMINATED, PCRE2_DOLLAR_ENDONLY, &bad, &at, NULL);
	pcre2_match_data *data;
	bool found;

	if (!code)
		return false;
	data = pcre2_match_data_create(1, NULL);
	if (!data)
		mem_exhausted();
	found = pcre2_match(code, (PCRE2_SPTR)name, PCRE2_ZERO_TERMINATED, 0, 0,
		    data, NULL) >= 0;
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return found;
}

/* Does an address pass include or exclude, BY "name", "type", "flag", "rfc",
 * "network" or "address"? */
static bool
if_matches(const struct if_address *i, const char *by, const char *what)
{
	char network[64];
	char *slash;

	if (strcmp(by, "name") == 0)
		return if_name_matches(i->name, what);
	if (strcmp(by, "type") == 0)
		return strcasecmp(what, "ip") == 0 ||
		    strcasecmp(what, i->v6 ? "ipv6" : "ipv4") == 0;
	if (strcmp(by, "flag") == 0 || strcmp(by, "flags") == 0)
		return if_has_flag(i, what);
	if (strcasecmp(by, "rfc") == 0)
		return if_is_private(i);
	if (strcmp(by, "network") == 0) {
		snprintf(network, sizeof(network), "%s", what);
		slash = strchr(network, '/');
		if (slash)
			*slash++ = '\0';
		return slash && if_is_in(i, network, atoi(slash));
	}
	return strcmp(by, "address") == 0 && strcmp(what, i->text) == 0;
}

/* Smaller networks first, version 4 before 6. */
static int
if_compare(const void *a, const void *b)
{
	const struct if_address *x = a, *y = b;

	if (x->v6 != y->v6)
		return x->v6 ? 1 : -1;
	return x->prefix - y->prefix;
}

/* ---- the template ---- */

struct template
{
	struct arena *arena;
	struct if_list list;
	char *words[WORDS_MAX]; /* of one command of the pipe */
	int nwords;
	bool done;	 /* the value is text from now on */
	const char *out; /* the text */
};

/* `word "text with spaces" word`, cut at a '|'; the rest after it. */
static char *
template_next_command(struct template *t, char *p)
{
	t->nwords = 0;
	for (;;) {
		char *start;

		while (*p == ' ' || *p == '\t' || *p == '(' || *p == ')')
			p++;
		if (*p == '\0')
			return NULL;
		if (*p == '|')
			return p + 1;
		if (t->nwords == WORDS_MAX)
			return NULL;
		if (*p == '"' || *p == '`') {
			char quote = *p++;

			start = p;
			while (*p && *p != quote)
				p++;
			if (*p)
				*p++ = '\0';
		} else {
			start = p;
			while (*p && !strchr(" \t|()", *p))
				p++;
			if (*p == '|') {
				*p++ = '\0';
				t->words[t->nwords++] = start;
				return p;
			}
			if (*p)
				*p++ = '\0';
		}
		t->words[t->nwords++] = start;
	}
}

static void
template_keep(struct template *t, const char *by, const char *what, bool keep)
{
	int kept = 0;

	for (int i = 0; i < t->list.n; i++)
		if (if_matches(&t->list.items[i], by, what) == keep)
			t->list.items[kept++] = t->list.items[i];
	t->list.n = kept;
}

/* attr and join: the addresses as text. */
static void
template_print(
    struct template *t, const char *attribute, const char *between, bool one)
{
	struct buf out;

	buf_init(&out, 0);
	for (int i = 0; i < t->list.n && (i == 0 || !one); i++) {
		if (i)
			buf_str(&out, between);
		buf_str(&out,
		    strcmp(attribute, "name") == 0 ? t->list.items[i].name
						   : t->list.items[i].text);
	}
	t->out = arena_strndup(t->arena, out.n ? out.p : "", out.n);
	t->done = true;
	buf_release(&out);
}

/* GetPrivateIP, GetPublicIPs and their like. */
static bool
template_source(struct template *t)
{
	static const struct {
		const char *name;
		enum if_source source;
		bool print, one;
	} sources[] = {
		{ "GetAllInterfaces", SOURCE_ALL, false, false },
		{ "GetDefaultInterfaces", SOURCE_DEFAULT, false, false },
		{ "GetPrivateInterfaces", SOURCE_PRIVATE, false, false },
		{ "GetPublicInterfaces", SOURCE_PUBLIC, false, false },
		{ "GetPrivateIP", SOURCE_PRIVATE, true, true },
		{ "GetPrivateIPs", SOURCE_PRIVATE, true, false },
		{ "GetPublicIP", SOURCE_PUBLIC, true, true },
		{ "GetPublicIPs", SOURCE_PUBLIC, true, false },
		{ "GetInterfaceIP", SOURCE_ALL, true, true },
		{ "GetInterfaceIPs", SOURCE_ALL, true, false },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (strcmp(sources[i].name, t->words[0]) != 0)
			continue;
		if_list_select(&t->list, sources[i].source);
		if (sources[i].source == SOURCE_ALL && sources[i].print) {
			if (t->nwords < 2)
				return false;
			template_keep(t, "name", t->words[1], true);
			template_keep(t, "flag", "forwardable", true);
			template_keep(t, "flag", "up", true);
		}
		qsort(t->list.items, (size_t)t->list.n,
		    sizeof(t->list.items[0]), if_compare);
		if (sources[i].print)
			template_print(t, "address", " ", sources[i].one);
		return true;
	}
	return false;
}

/* Runs one command of a pipe on the list, its words split; false when it is
 * unknown. */
static bool
template_command(struct template *t)
{
	const char *name = t->words[0];

	if (strcmp(name, "include") == 0 || strcmp(name, "exclude") == 0) {
		if (t->nwords < 3)
			return false;
		template_keep(t, t->words[1], t->words[2], *name == 'i');
	} else if (strcmp(name, "attr") == 0) {
		template_print(
		    t, t->nwords > 1 ? t->words[1] : "address", " ", true);
	} else if (strcmp(name, "join") == 0) {
		template_print(t, t->nwords > 1 ? t->words[1] : "address",
		    t->nwords > 2 ? t->words[2] : " ", false);
	} else if (strcmp(name, "limit") == 0) {
		int most = t->nwords > 1 ? atoi(t->words[1]) : 0;

		if (most < t->list.n)
			t->list.n = most < 0 ? 0 : most;
	} else if (strcmp(name, "offset") == 0) {
		int skip = t->nwords > 1 ? atoi(t->words[1]) : 0;

		if (skip > t->list.n || skip < 0)
			skip = t->list.n;
		t->list.n -= skip;
		memmove(t->list.items, t->list.items + skip,
		    (size_t)t->list.n * sizeof(t->list.items[0]));
	} else if (strcmp(name, "sort") == 0) {
		qsort(t->list.items, (size_t)t->list.n,
		    sizeof(t->list.items[0]), if_compare);
	} else {
		return strcmp(name, "unique") == 0;
	}
	return true;
}

/* One {{ ... }}; NULL when it cannot be read. */
static const char *
template_evaluate(struct arena *a, char *code)
{
	struct template t = { .arena = a };

	for (bool first = true; code; first = false) {
		code = template_next_command(&t, code);
		if (t.nwords == 0)
			break;
		if (first ? !template_source(&t) : !template_command(&t))
			return NULL;
	}
	if (!t.done)
		template_print(&t, "address", " ", false);
	return t.out;
}

const char *
sockaddr_template(struct arena *a, const char *text, const char **why)
{
	const char *open = strstr(text, "{{"), *close;
	struct buf out;
	char *result;

	*why = NULL;
	if (!open || !strstr(open, "}}"))
		return text;
	buf_init(&out, 0);
	for (const char *p = text; *p;) {
		const char *value;

		open = strstr(p, "{{");
		close = open ? strstr(open, "}}") : NULL;
		if (!close) {
			buf_str(&out, p);
			break;
		}
		buf_add(&out, p, (size_t)(open - p));
		value = template_evaluate(
		    a, arena_strndup(a, open + 2, (size_t)(close - open - 2)));
		if (!value) {
			buf_release(&out);
			*why = arena_printf(a,
			    "unable to parse address template %s: unable to "
			    "parse template",
			    go_quoted(a, text));
			return NULL;
		}
		buf_str(&out, value);
		p = close + 2;
	}
	result = arena_strndup(a, out.n ? out.p : "", out.n);
	buf_release(&out);
	if (strchr(result, ' ')) {
		*why = arena_printf(a,
		    "multiple addresses found (%s), please configure one",
		    go_quoted(a, result));
		return NULL;
	}
	return trim_space(result);
}
