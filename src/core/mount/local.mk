# Sources of src/core/mount/.
libmockvault_a_SOURCES += \
	src/core/mount/audit.c \
	src/core/mount/audit.h \
	src/core/mount/audit_lookup.c \
	src/core/mount/audit_lookup.h \
	src/core/mount/audit_sink.c \
	src/core/mount/audit_sink.h \
	src/core/mount/lockout.c \
	src/core/mount/lockout.h \
	src/core/mount/metrics.c \
	src/core/mount/metrics.h \
	src/core/mount/mount.c \
	src/core/mount/mount.h \
	src/core/mount/object_cache.c \
	src/core/mount/object_cache.h \
	src/core/mount/path_list.c \
	src/core/mount/path_list.h \
	src/core/mount/plain_kv.c \
	src/core/mount/plain_kv.h \
	src/core/mount/quota.c \
	src/core/mount/quota.h \
	src/core/mount/unmount.c \
	src/core/mount/unmount.h
