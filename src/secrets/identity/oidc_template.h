/*
 * Templates of OIDC roles: JSON texts with directives of an entity.
 */
#ifndef MV_SECRETS_IDENTITY_OIDC_TEMPLATE_H
#define MV_SECRETS_IDENTITY_OIDC_TEMPLATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "core/vault.h"

/*
 * Adds the template to `out` with its {{...}} replaced by JSON values of the
 * entity; "" stands for an entity that has nothing. False with Vault's reason
 * in e (status 400).
 */
bool oidc_template_render(struct vault *v, struct arena *a, struct buf *out,
    const char *template, const char *entity_id, struct error *e);
/* Is it a JSON object, without claims that Vault sets itself? False with
 * Vault's reason in e (status 400). */
bool oidc_template_check(
    struct vault *v, struct arena *a, const char *template, struct error *e);

#endif
