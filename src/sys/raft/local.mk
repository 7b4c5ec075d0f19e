# Sources of src/sys/raft/.
libmockvault_a_SOURCES += \
	src/sys/raft/autopilot.c \
	src/sys/raft/join.c \
	src/sys/raft/raft.c \
	src/sys/raft/raft.h \
	src/sys/raft/snapshot.c
