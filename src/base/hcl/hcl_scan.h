/*
 * Tokens of HCL1 and of its JSON form.
 */
#ifndef MV_BASE_HCL_HCL_SCAN_H
#define MV_BASE_HCL_HCL_SCAN_H

#include <stdint.h>

#include "base/hcl/hcl.h"

enum hcl_token_type {
	HCL_TOKEN_ILLEGAL,
	HCL_TOKEN_EOF,
	HCL_TOKEN_COMMENT,
	HCL_TOKEN_IDENT,
	HCL_TOKEN_NUMBER,
	HCL_TOKEN_FLOAT,
	HCL_TOKEN_BOOL,
	HCL_TOKEN_STRING,
	HCL_TOKEN_HEREDOC,
	HCL_TOKEN_NULL, /* JSON alone */
	HCL_TOKEN_LBRACK,
	HCL_TOKEN_LBRACE,
	HCL_TOKEN_COMMA,
	HCL_TOKEN_PERIOD,
	HCL_TOKEN_RBRACK,
	HCL_TOKEN_RBRACE,
	HCL_TOKEN_ASSIGN,
	HCL_TOKEN_COLON, /* JSON alone */
	HCL_TOKEN_ADD,
	HCL_TOKEN_SUB,
};

struct hcl_token {
	enum hcl_token_type type;
	struct hcl_place place;
	const char *text; /* as written, quotes too; not NUL-terminated */
	size_t n;
};

struct hcl_scanner {
	const char *start, *p, *end;
	bool json;
	struct hcl_place place; /* of the last character; column 0: a newline */
	int last_line_length;	/* with its newline */
	size_t last_size;	/* bytes of the last character */
	struct hcl_place place_before;
	/* The last fault. Scanning goes on behind one, as in the library. */
	struct hcl_place fault_place;
	char fault[200]; /* "": none */
};

/* The text must outlive the scanner. */
void hcl_scanner_init(
    struct hcl_scanner *s, const char *text, size_t n, bool json);
/* The next token, comments too; HCL_TOKEN_EOF at the end, again and again. */
struct hcl_token hcl_scan(struct hcl_scanner *s);
/* "LBRACE", as messages name it. */
const char *hcl_token_name(enum hcl_token_type type);
/* The value of a string or heredoc token, in the arena. */
const char *hcl_token_string(
    struct arena *a, const struct hcl_token *t, bool json);

#endif
