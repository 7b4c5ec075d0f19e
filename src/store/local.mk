# Sources of src/store/.
libmockvault_a_SOURCES += \
	src/store/capture.h \
	src/store/changes.c \
	src/store/changes.h \
	src/store/copy.c \
	src/store/reopen.c \
	src/store/image.c \
	src/store/row.c \
	src/store/row_bind.c \
	src/store/statement.h \
	src/store/store.c \
	src/store/store.h \
	src/store/store_file.c \
	src/store/store_file.h \
	src/store/store_internal.h \
	src/store/table_rows.c \
	src/store/table_rows.h \
	src/store/tables.c
