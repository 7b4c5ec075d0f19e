/*
 * mockvault operator generate-root -decode X -otp Y: the token behind an
 * encoded one. Needs no server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/commands.h"

/* Value of -name=v or -name v (one or two dashes), or NULL. */
static const char *
operator_flag(int argc, char *const *argv, const char *name)
{
	for (int i = 0; i < argc; i++) {
		const char *arg = argv[i];
		size_t n = strlen(name);

		if (*arg != '-')
			continue;
		arg += arg[1] == '-' ? 2 : 1;
		if (strncmp(arg, name, n) != 0)
			continue;
		if (arg[n] == '=')
			return arg + n + 1;
		if (arg[n] == '\0' && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

/* Vault prints the token unpadded; a padded one is taken as well. */
static bool
operator_decode_token(struct buf *token, const char *encoded, const char *otp)
{
	struct buf padded;
	bool ok;

	buf_init(&padded, 0);
	buf_str(&padded, encoded);
	while (padded.n % 4)
		buf_char(&padded, '=');
	ok = base64_decode(token, padded.p, padded.n, NULL) &&
	    token->n == strlen(otp);
	for (size_t i = 0; ok && i < token->n; i++)
		token->p[i] = (char)(token->p[i] ^ otp[i]);
	buf_release(&padded);
	return ok;
}

static int
operator_generate_root(int argc, char *const *argv)
{
	const char *encoded = operator_flag(argc, argv, "decode");
	const char *otp = operator_flag(argc, argv, "otp");
	const char *format = operator_flag(argc, argv, "format");
	struct buf token;
	int status = 0;

	if (!encoded || !otp) {
		fputs("Usage: mockvault operator generate-root "
		      "-decode=TOKEN -otp=OTP\n",
		    stderr);
		return 1;
	}
	if (!format)
		format = getenv("VAULT_FORMAT");
	buf_init(&token, 0);
	if (!operator_decode_token(&token, encoded, otp)) {
		fputs("Error decoding root token: the encoded token and the "
		      "otp do not fit together\n",
		    stderr);
		status = 1;
	} else if (format && strcmp(format, "json") == 0) {
		printf("{\n  \"token\": \"%s\"\n}\n", token.p);
	} else {
		puts(token.p);
	}
	buf_release(&token);
	return status;
}

int
operator_main(int argc, char *const *argv)
{
	if (argc > 0 && strcmp(argv[0], "generate-root") == 0)
		return operator_generate_root(argc - 1, argv + 1);
	fputs("Usage: mockvault operator generate-root -decode=TOKEN "
	      "-otp=OTP\n",
	    stderr);
	return 127;
}
