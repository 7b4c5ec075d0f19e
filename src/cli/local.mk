# Sources of src/cli/.
libmockvault_a_SOURCES += \
	src/cli/client.c \
	src/cli/client.h \
	src/cli/columns.c \
	src/cli/columns.h \
	src/cli/commands.c \
	src/cli/commands.h \
	src/cli/completion.c \
	src/cli/ctl.c \
	src/cli/ctl.h \
	src/cli/ctl_ask.c \
	src/cli/ctl_clock.c \
	src/cli/ctl_fault.c \
	src/cli/ctl_info.c \
	src/cli/ctl_nodes.c \
	src/cli/ctl_outage.c \
	src/cli/ctl_requests.c \
	src/cli/ctl_scenario.c \
	src/cli/ctl_state.c \
	src/cli/ctl_tail.c \
	src/cli/ctl_verify.c \
	src/cli/flags.c \
	src/cli/flags.h \
	src/cli/man.c \
	src/cli/operator.c \
	src/cli/outages.c \
	src/cli/report.c \
	src/cli/report.h \
	src/cli/routes.c \
	src/cli/scenario.c \
	src/cli/scenario_shape.h \
	src/cli/value.c \
	src/cli/value.h \
	src/cli/version.c
