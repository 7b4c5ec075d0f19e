# Sources of src/secrets/database/.
libmockvault_a_SOURCES += \
	src/secrets/database/address.c \
	src/secrets/database/call.c \
	src/secrets/database/call.h \
	src/secrets/database/config.c \
	src/secrets/database/creds.c \
	src/secrets/database/database.c \
	src/secrets/database/database.h \
	src/secrets/database/database_common.c \
	src/secrets/database/database_common.h \
	src/secrets/database/database_store.c \
	src/secrets/database/database_store.h \
	src/secrets/database/operation.c \
	src/secrets/database/plugins.c \
	src/secrets/database/plugins.h \
	src/secrets/database/postgres.c \
	src/secrets/database/roles.c \
	src/secrets/database/schedule.c \
	src/secrets/database/schedule.h \
	src/secrets/database/statement_log.c \
	src/secrets/database/statement_log.h \
	src/secrets/database/statements.c \
	src/secrets/database/statements.h \
	src/secrets/database/static_roles.c \
	src/secrets/database/username_functions.c \
	src/secrets/database/username_functions.h \
	src/secrets/database/username_template.c \
	src/secrets/database/username_template.h
