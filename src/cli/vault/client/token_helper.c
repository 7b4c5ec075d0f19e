/*
 * The token on disk, or with a helper program.
 */
#include "cli/vault/client/token_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hcl/hcl.h"
#include "base/text.h"
#include "cli/vault/client/readfile.h"
#include "cli/vault/output/gotext.h"

static const char *
token_helper_home(void)
{
	const char *home = getenv("HOME");
	struct passwd *pw;

	if (home && *home)
		return home;
	pw = getpwuid(getuid());
	return pw && pw->pw_dir ? pw->pw_dir : "";
}

static char *
token_helper_expand(struct arena *a, const char *path)
{
	if (strcmp(path, "~") == 0 || starts_with(path, "~/"))
		return arena_printf(a, "%s%s", token_helper_home(), path + 1);
	return arena_strdup(a, path);
}

/* The token_helper of a configuration; "" without one. NULL, or why not. */
static const char *
token_helper_parse(
    struct arena *a, const char *text, size_t n, const char **program)
{
	struct hcl_error e;
	struct hcl_value *root = hcl_parse(a, text, n, &e);

	*program = "";
	if (!root) {
		/* Go's reader ends without a word at a value that is not
		 * there any more. */
		if (ends_with(gotext_trim(a, text), "="))
			return NULL;
		return arena_printf(
		    a, "At %d:%d: %s", e.line, e.column, e.text);
	}
	for (int i = 0; i < root->n; i++) {
		const struct hcl_item *item = &root->items[i];

		if (strcmp(item->key, "token_helper") != 0)
			return arena_printf(a,
			    "1 error occurred:\n\t* invalid key %s on line "
			    "%d\n\n",
			    gotext_quote(a, item->key), item->line);
		if (item->value->text)
			*program = item->value->text;
	}
	return NULL;
}

/* The helper's path, "" for none. NULL, or why there is no answer. */
static const char *
token_helper_find(struct arena *a, const char **program)
{
	const char *path = getenv("VAULT_CONFIG_PATH"), *why;
	struct stat st;
	char *text, *cwd;
	int number;
	size_t n;

	path = token_helper_expand(a, path && *path ? path : "~/.vault");
	text = readfile_errno(a, path, &n, &number, &why);
	*program = "";
	if (!text)
		return number == ENOENT ? NULL : why;
	why = token_helper_parse(a, text, n, program);
	if (why)
		return arena_printf(a,
		    "error parsing config file at %s: %s; ensure that the "
		    "file is valid; Ansible Vault is known to conflict with "
		    "it.",
		    gotext_quote(a, path), why);
	if (!**program)
		return NULL;
	if (**program != '/') {
		cwd = getcwd(NULL, 0);
		*program = gotext_path_join(a, cwd ? cwd : "", *program);
		free(cwd);
	}
	if (stat(*program, &st) != 0)
		return "unknown error getting the external helper path";
	return NULL;
}

/* Runs "PROGRAM WORD" with `in`; out and err may be the same buffer. */
static int
token_helper_run(struct arena *a, const char *program, const char *word,
    const char *in, struct buf *out, struct buf *err)
{
	const char *shell = getenv("SHELL");
	FILE *files[3] = { tmpfile(), tmpfile(), tmpfile() };
	struct buf *into[3] = { NULL, out, err };
	char *line = arena_printf(a, "%s %s", program, word), chunk[1024];
	int status = -1;
	size_t got;
	pid_t pid;

	if (!files[0] || !files[1] || !files[2])
		return -1;
	if (!shell || !*shell)
		shell = "/bin/sh";
	fputs(in, files[0]);
	rewind(files[0]);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 3; i++)
			dup2(fileno(files[i == 2 && out == err ? 1 : i]), i);
		execl(shell, shell, "-c", line, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	for (int i = 0; i < 3; i++) {
		rewind(files[i]);
		while (into[i] && !(i == 2 && out == err) &&
		    (got = fread(chunk, 1, sizeof(chunk), files[i])) > 0)
			buf_add(into[i], chunk, got);
		fclose(files[i]);
	}
	return status;
}

static const char *
token_helper_failure(struct arena *a, const struct buf *said, int status)
{
	const char *quoted = gotext_quote(a, said->p ? said->p : "");

	if (status == -1)
		return arena_printf(
		    a, "%s: fork/exec: %s", quoted, gotext_errno(a, errno));
	if (WIFSIGNALED(status))
		return arena_printf(
		    a, "%s: signal: %d", quoted, WTERMSIG(status));
	return arena_printf(
	    a, "%s: exit status %d", quoted, WEXITSTATUS(status));
}

static bool
token_helper_ask(
    struct arena *a, const char *program, char **token, const char **why)
{
	struct buf out, err;
	int status;

	buf_init(&out, 0);
	buf_init(&err, 0);
	status = token_helper_run(a, program, "get", "", &out, &err);
	if (status != 0)
		*why = arena_printf(a,
		    "failed to get token from token helper: %s",
		    token_helper_failure(a, &err, status));
	else
		*token = arena_strndup(a, out.p ? out.p : "", out.n);
	buf_release(&out);
	buf_release(&err);
	return status == 0;
}

bool
token_helper_get(struct arena *a, char **token, const char **why)
{
	const char *program;
	char *path, *text;
	int number;

	*why = token_helper_find(a, &program);
	if (*why) {
		*why = arena_printf(a, "failed to get token helper: %s", *why);
		return false;
	}
	if (*program)
		return token_helper_ask(a, program, token, why);
	path = arena_printf(a, "%s/.vault-token", token_helper_home());
	text = readfile_errno(a, path, NULL, &number, why);
	if (!text && number != ENOENT) {
		*why = arena_printf(
		    a, "failed to get token from token helper: %s", *why);
		return false;
	}
	*why = NULL;
	*token = gotext_trim(a, text ? text : "");
	return true;
}

/* Puts a new file in the place of the old one, so that none sees half. */
static const char *
token_helper_write(struct arena *a, const char *token)
{
	char *path = arena_printf(a, "%s/.vault-token", token_helper_home());
	char *fresh = arena_printf(a, "%s.tmp", path);
	int fd = open(fresh, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	size_t n = strlen(token);
	const char *why = NULL;

	if (fd < 0)
		return arena_printf(
		    a, "open %s: %s", fresh, gotext_errno(a, errno));
	if (write(fd, token, n) != (ssize_t)n)
		why = arena_printf(
		    a, "write %s: %s", fresh, gotext_errno(a, errno));
	close(fd);
	if (!why && rename(fresh, path) != 0)
		why = arena_printf(
		    a, "rename %s %s: %s", fresh, path, gotext_errno(a, errno));
	if (why)
		(void)unlink(fresh);
	return why;
}

bool
token_helper_store(
    struct arena *a, const char *token, bool *found, const char **why)
{
	const char *program;
	struct buf said;
	int status;

	*why = token_helper_find(a, &program);
	*found = !*why;
	if (*why)
		return false;
	if (!*program) {
		*why = token_helper_write(a, token);
		return !*why;
	}
	buf_init(&said, 0);
	status = token_helper_run(a, program, "store", token, &said, &said);
	if (status != 0)
		*why = token_helper_failure(a, &said, status);
	buf_release(&said);
	return status == 0;
}
