/*
 * How results look: columns, JSON and YAML.
 */
#ifndef MV_CLI_VAULT_OUTPUT_PRINTER_H
#define MV_CLI_VAULT_OUTPUT_PRINTER_H

#include "base/buf.h"
#include "base/mem.h"

/* What parts the cells of rows whose values may hold a bar. */
#define PRINTER_CUP "♨"

/* Rows of text whose cells are parted by `delimiter`. */
struct printer_rows {
	struct arena *arena;
	const char *delimiter;
	char **rows;
	int n;
	int cap;
};

/* No rows yet; delimiter stands between the cells that are added. */
void printer_rows_init(
    struct printer_rows *r, struct arena *a, const char *delimiter);
void printer_row(struct printer_rows *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * The rows in columns: cells without white space at their ends, "n/a" in the
 * place of an empty one, four spaces between them, the last as wide as it is.
 */
char *printer_columns(struct printer_rows *r);
/* The same with dashes below the first row. */
char *printer_table(struct printer_rows *r);

/*
 * JSON text with two spaces of indent; members stay in their order and numbers
 * keep their digits, as json.MarshalIndent has it.
 */
char *printer_json(struct arena *a, struct slice json);
/*
 * JSON text as YAML, as sigs.k8s.io/yaml has it: keys sorted, numbers through
 * a float64, texts quoted that would be read as something else. It ends in a
 * newline.
 */
char *printer_yaml(struct arena *a, struct slice json);

#endif
