/*
 * What the files of the identity engine share; the objects themselves are
 * core/token/identity.h.
 */
#ifndef MV_SECRETS_IDENTITY_IDENTITY_COMMON_H
#define MV_SECRETS_IDENTITY_IDENTITY_COMMON_H

#include "api/param.h"
#include "api/reply.h"
#include "api/route.h"
#include "core/token/identity.h"

/* Names without white space around them, sorted, each once; in lower
 * case when asked. The caller owns the array. */
json_t *identity_clean_names(struct arena *a, char *const *list, bool lower);
/* Sets "policies" when given; false: refused, since "root" is among them. */
bool identity_read_policies(struct request *req, json_t *object, bool lower);
/* Pairs that were given. Vault 1.19: null stays null. The caller owns them. */
json_t *identity_given_metadata(const struct request *req, const char *name);
/* Vault's limits of "metadata"; false: refused. `whose`: "entity", "group". */
bool identity_check_metadata(
    struct request *req, const json_t *object, const char *whose);
/* An alias as it stands in answers, with its mount; full adds times. */
json_t *identity_alias_json(
    struct request *req, const json_t *alias, bool full);
/* Makes or changes an entity by the body: entity, and its old name persona. */
enum handler_result identity_entity_write(struct request *req);
/* The answers to reads; NULL objects are a 404. They take the object over. */
enum handler_result identity_entity_reply(struct request *req, json_t *entity);
enum handler_result identity_group_reply(struct request *req, json_t *group);
/* LIST by name or by id: keys, and key_info when `info` gives one. */
enum handler_result identity_list_names(
    struct request *req, enum identity_kind kind);
enum handler_result identity_list_ids(struct request *req,
    enum identity_kind kind,
    json_t *(*info)(struct request *req, const json_t *object));

/* The object that the parameter "id" or "name" names; NULL when there is none.
 */
json_t *identity_get_by_id_param(struct request *req, enum identity_kind kind);
json_t *identity_get_by_name_param(
    struct request *req, enum identity_kind kind);
/* 204, gone or never there. Takes the object over. */
enum handler_result identity_remove_reply(
    struct request *req, enum identity_kind kind, json_t *object);

#endif
