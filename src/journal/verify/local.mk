# Sources of src/journal/verify/.
libmockvault_a_SOURCES += \
	src/journal/verify/verify.c \
	src/journal/verify/verify.h \
	src/journal/verify/verify_clients.c \
	src/journal/verify/verify_common.c \
	src/journal/verify/verify_count.c \
	src/journal/verify/verify_timing.c \
	src/journal/verify/verify_window.c
