# Sources of src/journal/.
libmockvault_a_SOURCES += \
	src/journal/entry.c \
	src/journal/entry.h \
	src/journal/glob.c \
	src/journal/journal.c \
	src/journal/journal.h \
	src/journal/match.c \
	src/journal/match.h \
	src/journal/match_fits.c \
	src/journal/match_internal.h \
	src/journal/op.c \
	src/journal/pace.c \
	src/journal/proof.c \
	src/journal/query.c \
	src/journal/verify.c \
	src/journal/verify.h
