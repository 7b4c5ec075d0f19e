/*
 * CORS as sys/config/cors switches it on.
 */
#ifndef MV_API_PHASES_CORS_H
#define MV_API_PHASES_CORS_H

/* The setting: allowed_origins and allowed_headers; absent: off. */
#define SETTING_CORS "cors"

/* Headers that are always allowed; NULL-terminated. */
extern char *const cors_headers[];

#endif
