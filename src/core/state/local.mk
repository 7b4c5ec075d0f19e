# Sources of src/core/state/.
libmockvault_a_SOURCES += \
	src/core/state/clock_control.c \
	src/core/state/clock_control.h \
	src/core/state/cluster_joining.h \
	src/core/state/cluster_view.h \
	src/core/state/export.c \
	src/core/state/export.h \
	src/core/state/import.c \
	src/core/state/import.h \
	src/core/state/import_job.c \
	src/core/state/raft_archive.c \
	src/core/state/raft_archive.h \
	src/core/state/role.c \
	src/core/state/role.h \
	src/core/state/snapshot.c \
	src/core/state/snapshot.h \
	src/core/state/cluster_identity.c \
	src/core/state/cluster_identity.h \
	src/core/state/cluster_restore.c \
	src/core/state/cluster_restore.h \
	src/core/state/cluster_welcome.c \
	src/core/state/cluster_welcome.h \
	src/core/state/version_history.c \
	src/core/state/version_history.h
