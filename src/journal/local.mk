# Sources of src/journal/.
libmockvault_a_SOURCES += \
	src/journal/entry.c \
	src/journal/entry.h \
	src/journal/journal.c \
	src/journal/journal.h \
	src/journal/mask.c \
	src/journal/mask.h \
	src/journal/query.c \
	src/journal/ring.c
