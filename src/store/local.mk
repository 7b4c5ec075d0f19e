# Sources of src/store/.
libmockvault_a_SOURCES += \
	src/store/store.c \
	src/store/store.h \
	src/store/store_internal.h \
	src/store/tables.c
