# Sources of src/store/.
libmockvault_a_SOURCES += \
	src/store/row.c \
	src/store/row_bind.c \
	src/store/statement.h \
	src/store/store.c \
	src/store/store.h \
	src/store/store_internal.h \
	src/store/tables.c
