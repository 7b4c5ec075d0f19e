/*
 * Typed SQL. A statement says what arguments it takes, and a row says which
 * column stands in which member of a struct.
 *
 * A row is one list of columns, from which the members, the column names, the
 * placeholders, the binding and the reading are made:
 *
 *	#define THING_ROW(COLUMN, S)               \
 *		COLUMN(S, TEXT, name, "name")      \
 *		COLUMN(S, INT, size_b, "size")     \
 *		COLUMN(S, STRS, tags, "tags")
 *
 *	struct thing {
 *		ROW_MEMBERS(THING_ROW)
 *		struct thing *next;
 *	};
 *
 *	static const struct row_column columns[] = {
 *		ROW_COLUMNS(THING_ROW, struct thing)
 *	};
 *	static const struct row thing_row = ROW(columns);
 *
 *	enum { THING_PUT, THING_GET, NSTATEMENTS };
 *	static const struct store_statement statements[] = {
 *		[THING_PUT] = { "INSERT INTO thing ($columns) "
 *				"VALUES ($values)", NULL, &thing_row },
 *		[THING_GET] = { "SELECT $columns FROM thing WHERE name = ?",
 *		    "s", &thing_row },
 *	};
 *
 *	store_put_row(store, &thing_store, THING_PUT, &thing);
 *	q = STORE_QUERY(store, &thing_store, THING_GET, name);
 *	if (query_row(q)) {
 *		query_read_row(q, &thing_row, NULL, &thing);
 *		query_done(q);
 *	}
 */
#ifndef MV_STORE_STATEMENT_H
#define MV_STORE_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"

struct store;
struct store_part;
struct query;

/* ---- rows ---- */

enum row_type {
	ROW_TEXT,	  /* const char *, never NULL */
	ROW_TEXT_OR_NULL, /* const char * */
	ROW_INT,	  /* int64_t */
	ROW_BOOL,	  /* bool; 0 or 1 in the column */
	ROW_REAL,	  /* double */
	ROW_STRS,	  /* struct strs; a JSON list in the column */
	ROW_STRS_OR_NULL, /* struct strs; NULL in the column when empty */
};

struct row_column {
	const char *name;
	enum row_type type;
	size_t offset;
};

struct row {
	const struct row_column *columns;
	size_t n;
};

#define ROW(columns)                                            \
	{                                                       \
		columns, sizeof(columns) / sizeof((columns)[0]) \
	}

#define ROW_MEMBER_TEXT(member) const char *member;
#define ROW_MEMBER_TEXT_OR_NULL(member) const char *member;
#define ROW_MEMBER_INT(member) int64_t member;
#define ROW_MEMBER_BOOL(member) bool member;
#define ROW_MEMBER_REAL(member) double member;
#define ROW_MEMBER_STRS(member) struct strs member;
#define ROW_MEMBER_STRS_OR_NULL(member) struct strs member;
#define ROW_MEMBER(unused, type, member, column) ROW_MEMBER_##type(member)
#define ROW_COLUMN(strukt, type, member, column) \
	{ column, ROW_##type, offsetof(strukt, member) },

/* The members of a struct, and the table of its columns, from a list. */
#define ROW_MEMBERS(list) list(ROW_MEMBER, _)
#define ROW_COLUMNS(list, strukt) list(ROW_COLUMN, strukt)

/*
 * Fills out's members with the first columns of the current row, in the order
 * of the list; other members stay. Texts and lists are copies in the arena, or
 * on the heap when it is NULL; then row_release frees them.
 */
void query_read_row(
    struct query *q, const struct row *row, struct arena *a, void *out);
/* Frees what query_read_row or row_copy put on the heap, zeroes the members. */
void row_release(const struct row *row, void *value);
/* Copies the members of from to the heap; row_release frees them. */
void row_copy(const struct row *row, void *to, const void *from);

/* ---- statements ---- */

/*
 * args has a letter for each parameter, in order:
 *	s text (NULL binds NULL)	i integer	d real number
 *	b slice or buf, as a blob	t slice or buf, as text
 *	j const struct strs *, as a JSON list
 * With a row, $columns in the SQL stands for its column names and $values for
 * as many placeholders; args NULL says that the arguments are a row.
 */
struct store_statement {
	const char *sql;
	const char *args;
	const struct row *row; /* NULL: no row */
};

/* One argument, made by STORE_ARG from a C value. */
struct store_arg {
	char type; /* s, i, d, b or j as above */
	union {
		const char *s;
		int64_t i;
		double d;
		struct slice b;
		const struct strs *j;
	};
};

/*
 * STORE_QUERY(store, part, STATEMENT, arguments...) starts a statement; read
 * its rows with query_row. STORE_EXEC(...) runs one that gives no rows and
 * returns the number of rows changed. The compiler refuses a type that no
 * parameter can have; a wrong number or order of types aborts at the first use.
 * Texts, blobs and lists are borrowed until the query is done.
 */
#define STORE_QUERY(store, part, ...)                              \
	store_query_args(store, part,                              \
	    (const struct store_arg[]){ STORE_ARGS(__VA_ARGS__) }, \
	    STORE_COUNT(__VA_ARGS__))
#define STORE_EXEC(store, part, ...)                               \
	store_exec_args(store, part,                               \
	    (const struct store_arg[]){ STORE_ARGS(__VA_ARGS__) }, \
	    STORE_COUNT(__VA_ARGS__))

/* args[0] is the statement's number, n counts it. */
struct query *store_query_args(struct store *s, const struct store_part *part,
    const struct store_arg *args, size_t n);
int store_exec_args(struct store *s, const struct store_part *part,
    const struct store_arg *args, size_t n);
/* Runs a statement whose arguments are its row; returns the rows changed. */
int store_put_row(struct store *s, const struct store_part *part, int statement,
    const void *row);

/* The first column of every row is added to the list; the query is done. */
void query_strs(struct query *q, struct strs *out);

static inline struct store_arg
store_arg_text(const char *s)
{
	return (struct store_arg){ .type = 's', .s = s };
}

static inline struct store_arg
store_arg_null(const void *null)
{
	(void)null;
	return (struct store_arg){ .type = 's' };
}

static inline struct store_arg
store_arg_int(int64_t i)
{
	return (struct store_arg){ .type = 'i', .i = i };
}

static inline struct store_arg
store_arg_real(double d)
{
	return (struct store_arg){ .type = 'd', .d = d };
}

static inline struct store_arg
store_arg_slice(struct slice b)
{
	return (struct store_arg){ .type = 'b', .b = b };
}

static inline struct store_arg
store_arg_buf(struct buf b)
{
	return store_arg_slice((struct slice){ b.p, b.n });
}

static inline struct store_arg
store_arg_strs(const struct strs *j)
{
	return (struct store_arg){ .type = 'j', .j = j };
}

/* The bytes of a blob or of a text as one argument. */
static inline struct slice
store_bytes(const void *p, size_t n)
{
	return (struct slice){ p, n };
}

#define STORE_ARG(x) \
	_Generic((x),                             \
	    char *: store_arg_text,               \
	    const char *: store_arg_text,         \
	    void *: store_arg_null, \
	    bool: store_arg_int,                  \
	    int: store_arg_int,                   \
	    unsigned: store_arg_int,              \
	    long: store_arg_int,                  \
	    unsigned long: store_arg_int,         \
	    long long: store_arg_int,             \
	    unsigned long long: store_arg_int,    \
	    double: store_arg_real,               \
	    struct slice: store_arg_slice,        \
	    struct buf: store_arg_buf, \
	    struct strs *: store_arg_strs,        \
	    const struct strs *: store_arg_strs)(x)

/* STORE_ARG over a list of up to 26. */
#define STORE_COUNT(...)                                                      \
	STORE_COUNT_(__VA_ARGS__, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, \
	    15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define STORE_COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, \
    a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, count,  \
    ...)                                                                     \
	count
#define STORE_ARGS(...) STORE_ARGS_(STORE_COUNT(__VA_ARGS__), __VA_ARGS__)
#define STORE_ARGS_(count, ...) STORE_ARGS__(count, __VA_ARGS__)
#define STORE_ARGS__(count, ...) STORE_ARGS_##count(__VA_ARGS__)
#define STORE_ARGS_1(x) STORE_ARG(x)
#define STORE_ARGS_2(x, ...) STORE_ARG(x), STORE_ARGS_1(__VA_ARGS__)
#define STORE_ARGS_3(x, ...) STORE_ARG(x), STORE_ARGS_2(__VA_ARGS__)
#define STORE_ARGS_4(x, ...) STORE_ARG(x), STORE_ARGS_3(__VA_ARGS__)
#define STORE_ARGS_5(x, ...) STORE_ARG(x), STORE_ARGS_4(__VA_ARGS__)
#define STORE_ARGS_6(x, ...) STORE_ARG(x), STORE_ARGS_5(__VA_ARGS__)
#define STORE_ARGS_7(x, ...) STORE_ARG(x), STORE_ARGS_6(__VA_ARGS__)
#define STORE_ARGS_8(x, ...) STORE_ARG(x), STORE_ARGS_7(__VA_ARGS__)
#define STORE_ARGS_9(x, ...) STORE_ARG(x), STORE_ARGS_8(__VA_ARGS__)
#define STORE_ARGS_10(x, ...) STORE_ARG(x), STORE_ARGS_9(__VA_ARGS__)
#define STORE_ARGS_11(x, ...) STORE_ARG(x), STORE_ARGS_10(__VA_ARGS__)
#define STORE_ARGS_12(x, ...) STORE_ARG(x), STORE_ARGS_11(__VA_ARGS__)
#define STORE_ARGS_13(x, ...) STORE_ARG(x), STORE_ARGS_12(__VA_ARGS__)
#define STORE_ARGS_14(x, ...) STORE_ARG(x), STORE_ARGS_13(__VA_ARGS__)
#define STORE_ARGS_15(x, ...) STORE_ARG(x), STORE_ARGS_14(__VA_ARGS__)
#define STORE_ARGS_16(x, ...) STORE_ARG(x), STORE_ARGS_15(__VA_ARGS__)
#define STORE_ARGS_17(x, ...) STORE_ARG(x), STORE_ARGS_16(__VA_ARGS__)
#define STORE_ARGS_18(x, ...) STORE_ARG(x), STORE_ARGS_17(__VA_ARGS__)
#define STORE_ARGS_19(x, ...) STORE_ARG(x), STORE_ARGS_18(__VA_ARGS__)
#define STORE_ARGS_20(x, ...) STORE_ARG(x), STORE_ARGS_19(__VA_ARGS__)
#define STORE_ARGS_21(x, ...) STORE_ARG(x), STORE_ARGS_20(__VA_ARGS__)
#define STORE_ARGS_22(x, ...) STORE_ARG(x), STORE_ARGS_21(__VA_ARGS__)
#define STORE_ARGS_23(x, ...) STORE_ARG(x), STORE_ARGS_22(__VA_ARGS__)
#define STORE_ARGS_24(x, ...) STORE_ARG(x), STORE_ARGS_23(__VA_ARGS__)
#define STORE_ARGS_25(x, ...) STORE_ARG(x), STORE_ARGS_24(__VA_ARGS__)
#define STORE_ARGS_26(x, ...) STORE_ARG(x), STORE_ARGS_25(__VA_ARGS__)

#endif
