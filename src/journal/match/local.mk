# Sources of src/journal/match/.
libmockvault_a_SOURCES += \
	src/journal/match/match.c \
	src/journal/match/match.h \
	src/journal/match/match_evaluate.c \
	src/journal/match/match_internal.h \
	src/journal/match/operation.c \
	src/journal/match/token_digest.c \
	src/journal/match/token_digest.h
