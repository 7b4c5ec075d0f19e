# Sources of src/cli/.
libmockvault_a_SOURCES += \
	src/cli/client.c \
	src/cli/client.h \
	src/cli/columns.c \
	src/cli/columns.h \
	src/cli/commands.c \
	src/cli/commands.h \
	src/cli/completion.c \
	src/cli/flags.c \
	src/cli/flags.h \
	src/cli/man.c \
	src/cli/operator.c \
	src/cli/outages.c \
	src/cli/report.c \
	src/cli/report.h \
	src/cli/routes.c \
	src/cli/scenario_answer.h \
	src/cli/scenario_run.c \
	src/cli/value.c \
	src/cli/value.h \
	src/cli/version.c
