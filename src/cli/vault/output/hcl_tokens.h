/*
 * HCL cut into words that keep their spelling, with comments and lines; what a
 * printer needs and a reader of settings does not.
 */
#ifndef MV_CLI_VAULT_OUTPUT_HCL_TOKENS_H
#define MV_CLI_VAULT_OUTPUT_HCL_TOKENS_H

#include <stdbool.h>

#include "base/mem.h"

enum hcl_lexeme_kind {
	HCL_LEXEME_END,
	HCL_LEXEME_WORD, /* a name, number, text or heredoc */
	HCL_LEXEME_MARK, /* one of = { } [ ] , */
	HCL_LEXEME_COMMENT,
};

struct hcl_lexeme {
	enum hcl_lexeme_kind kind;
	char *text;
	int line;
	int last_line; /* of a comment that goes over several */
	int at;	       /* its place in the text */
};

/* All tokens, the last of kind HCL_LEXEME_END; their number in *n. */
struct hcl_lexeme *hcl_tokens(struct arena *a, const char *text, int *n);

#endif
