# Sources of src/store/.
libmockvault_a_SOURCES += \
	src/store/internal.h \
	src/store/store.c \
	src/store/store.h \
	src/store/tables.c
