/*
 * HCL in the form that HCL's own printer gives it.
 */
#ifndef MV_CLI_VAULT_OUTPUT_HCL_FORMAT_H
#define MV_CLI_VAULT_OUTPUT_HCL_FORMAT_H

#include "base/mem.h"

/* The text must be valid. NULL when it cannot be read after all. */
char *hcl_format(struct arena *a, const char *text, size_t n);

#endif
