# Sources of src/sys/mounts/.
libmockvault_a_SOURCES += \
	src/sys/mounts/mount_config.c \
	src/sys/mounts/mount_config.h \
	src/sys/mounts/mount_info.c \
	src/sys/mounts/mount_info.h \
	src/sys/mounts/mounts.c \
	src/sys/mounts/mounts_tune.h \
	src/sys/mounts/mounts_tune.c
