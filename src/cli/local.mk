# Sources of src/cli/.
libmockvault_a_SOURCES += \
	src/cli/args.c \
	src/cli/args.h \
	src/cli/client.c \
	src/cli/client.h \
	src/cli/columns.c \
	src/cli/columns.h \
	src/cli/commands.c \
	src/cli/commands.h \
	src/cli/complete.c \
	src/cli/complete.h \
	src/cli/completion.c \
	src/cli/completion.h \
	src/cli/man.c \
	src/cli/outages.c \
	src/cli/report.c \
	src/cli/report.h \
	src/cli/routes.c \
	src/cli/scenario_answer.h \
	src/cli/scenario_run.c \
	src/cli/value.c \
	src/cli/value.h \
	src/cli/version.c \
	src/cli/versions.c
