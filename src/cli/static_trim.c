/*
 * The static binary alone: what SQLite registers for every connection and
 * nothing here asks for. A definition of ours keeps the archive's object, and
 * what that pulls in, out of the file: a tenth of a megabyte for each index
 * and for the trigonometry. SQL's sin() and its kin answer NULL.
 */
#include <math.h>

struct sqlite3;

int sqlite3Fts3Init(struct sqlite3 *db);
int sqlite3Fts5Init(struct sqlite3 *db);
int sqlite3RtreeInit(struct sqlite3 *db);

int
sqlite3Fts3Init(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

int
sqlite3Fts5Init(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

int
sqlite3RtreeInit(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

#define NOT_HERE(name)              \
	double name(double x)       \
	{                           \
		(void)x;            \
		return (double)NAN; \
	}

NOT_HERE(acos)
NOT_HERE(acosh)
NOT_HERE(asin)
NOT_HERE(asinh)
NOT_HERE(atan)
NOT_HERE(atanh)
NOT_HERE(cosh)
NOT_HERE(sinh)
NOT_HERE(tan)
NOT_HERE(tanh)

double
atan2(double y, double x)
{
	(void)y;
	(void)x;
	return (double)NAN;
}
