# Sources of src/cli/import/.
libmockvault_a_SOURCES += \
	src/cli/import/import.c \
	src/cli/import/import.h \
	src/cli/import/import_auth.c \
	src/cli/import/import_client.c \
	src/cli/import/import_engines.c \
	src/cli/import/import_identity.c \
	src/cli/import/import_kv.c \
	src/cli/import/import_mounts.c
