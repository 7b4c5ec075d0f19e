/*
 * Every engine and table of rows, declared once for the lists in engines.c.
 */
#ifndef MV_SERVER_ENGINES_H
#define MV_SERVER_ENGINES_H

#include "api/engine.h"

/* server/dev.c */
extern const struct store_part dev_store;

#endif
