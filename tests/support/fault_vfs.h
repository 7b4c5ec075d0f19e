/*
 * Files of SQLite that fail when the test says so: a VFS in front of the usual
 * one, which counts the calls that can fail and fails the nth.
 */
#ifndef MV_TESTS_SUPPORT_FAULT_VFS_H
#define MV_TESTS_SUPPORT_FAULT_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	sqlite3_io_methods methods;
	long calls;	 /* so far */
	long fail_from;	 /* the first call that fails; 0: none */
	long fail_until; /* the first that works again */
	int write_code;	 /* how a write fails */
	long failed;
} fault_vfs;

/* Each of our files has the real one behind it. */
struct fault_file {
	sqlite3_file base;
	sqlite3_file *real;
};

static inline sqlite3_file *
fault_vfs_real(sqlite3_file *f)
{
	return (sqlite3_file *)((char *)f + sizeof(struct fault_file));
}

static inline bool
fault_vfs_fails(void)
{
	long n = ++fault_vfs.calls;
	bool fails = fault_vfs.fail_from && n >= fault_vfs.fail_from &&
	    n < fault_vfs.fail_until;

	fault_vfs.failed += fails;
	return fails;
}

static inline int
fault_vfs_close(sqlite3_file *f)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static inline int
fault_vfs_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *real = fault_vfs_real(f);

	if (fault_vfs_fails())
		return SQLITE_IOERR_READ;
	return real->pMethods->xRead(real, p, n, at);
}

/* Half of it is written, as on a disk that becomes full. */
static inline int
fault_vfs_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *real = fault_vfs_real(f);

	if (fault_vfs_fails()) {
		real->pMethods->xWrite(real, p, n / 2, at);
		return fault_vfs.write_code;
	}
	return real->pMethods->xWrite(real, p, n, at);
}

static inline int
fault_vfs_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	sqlite3_file *real = fault_vfs_real(f);

	if (fault_vfs_fails())
		return SQLITE_IOERR_TRUNCATE;
	return real->pMethods->xTruncate(real, n);
}

static inline int
fault_vfs_sync(sqlite3_file *f, int flags)
{
	sqlite3_file *real = fault_vfs_real(f);

	if (fault_vfs_fails())
		return SQLITE_IOERR_FSYNC;
	return real->pMethods->xSync(real, flags);
}

static inline int
fault_vfs_size(sqlite3_file *f, sqlite3_int64 *n)
{
	sqlite3_file *real = fault_vfs_real(f);

	if (fault_vfs_fails())
		return SQLITE_IOERR_FSTAT;
	return real->pMethods->xFileSize(real, n);
}

static inline int
fault_vfs_lock(sqlite3_file *f, int level)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xLock(real, level);
}

static inline int
fault_vfs_unlock(sqlite3_file *f, int level)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xUnlock(real, level);
}

static inline int
fault_vfs_reserved(sqlite3_file *f, int *held)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xCheckReservedLock(real, held);
}

static inline int
fault_vfs_control(sqlite3_file *f, int what, void *arg)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xFileControl(real, what, arg);
}

static inline int
fault_vfs_sector(sqlite3_file *f)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xSectorSize(real);
}

static inline int
fault_vfs_character(sqlite3_file *f)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xDeviceCharacteristics(real);
}

static inline int
fault_vfs_map(
    sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xShmMap(real, page, size, extend, p);
}

static inline int
fault_vfs_map_lock(sqlite3_file *f, int at, int n, int flags)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xShmLock(real, at, n, flags);
}

static inline void
fault_vfs_map_barrier(sqlite3_file *f)
{
	sqlite3_file *real = fault_vfs_real(f);

	real->pMethods->xShmBarrier(real);
}

static inline int
fault_vfs_unmap(sqlite3_file *f, int remove)
{
	sqlite3_file *real = fault_vfs_real(f);

	return real->pMethods->xShmUnmap(real, remove);
}

static inline int
fault_vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f,
    int flags, int *out_flags)
{
	sqlite3_file *real = fault_vfs_real(f);
	int rc;

	(void)vfs;
	f->pMethods = NULL;
	if (fault_vfs_fails())
		return SQLITE_CANTOPEN;
	memset(real, 0, (size_t)fault_vfs.real->szOsFile);
	rc = fault_vfs.real->xOpen(
	    fault_vfs.real, name, real, flags, out_flags);
	if (real->pMethods)
		f->pMethods = &fault_vfs.methods;
	return rc;
}

/* From now on databases lie in files that can fail. Version 2 of the methods:
 * with the shared memory that a write-ahead log asks for. */
static inline void
fault_vfs_install(void)
{
	static const sqlite3_io_methods methods = {
		.iVersion = 2,
		.xClose = fault_vfs_close,
		.xRead = fault_vfs_read,
		.xWrite = fault_vfs_write,
		.xTruncate = fault_vfs_truncate,
		.xSync = fault_vfs_sync,
		.xFileSize = fault_vfs_size,
		.xLock = fault_vfs_lock,
		.xUnlock = fault_vfs_unlock,
		.xCheckReservedLock = fault_vfs_reserved,
		.xFileControl = fault_vfs_control,
		.xSectorSize = fault_vfs_sector,
		.xDeviceCharacteristics = fault_vfs_character,
		.xShmMap = fault_vfs_map,
		.xShmLock = fault_vfs_map_lock,
		.xShmBarrier = fault_vfs_map_barrier,
		.xShmUnmap = fault_vfs_unmap,
	};

	fault_vfs.real = sqlite3_vfs_find(NULL);
	fault_vfs.methods = methods;
	fault_vfs.vfs = *fault_vfs.real;
	fault_vfs.vfs.pNext = NULL;
	fault_vfs.vfs.zName = "fault";
	fault_vfs.vfs.szOsFile = (int)sizeof(struct fault_file) +
	    fault_vfs.real->szOsFile;
	fault_vfs.vfs.xOpen = fault_vfs_open;
	sqlite3_vfs_register(&fault_vfs.vfs, 1);
}

/* Of the calls from now on the nth fails, and those behind it: count in all. */
static inline void
fault_vfs_fail(long nth, long count, int write_code)
{
	fault_vfs.calls = fault_vfs.failed = 0;
	fault_vfs.fail_from = nth;
	fault_vfs.fail_until = nth + count;
	fault_vfs.write_code = write_code;
}

static inline void
fault_vfs_work(void)
{
	fault_vfs.fail_from = 0;
}

#endif
