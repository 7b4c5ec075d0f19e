# Sources of src/cli/ctl/.
libmockvault_a_SOURCES += \
	src/cli/ctl/ctl.c \
	src/cli/ctl/ctl.h \
	src/cli/ctl/ctl_call.c \
	src/cli/ctl/ctl_clock.c \
	src/cli/ctl/ctl_events.c \
	src/cli/ctl/ctl_fault.c \
	src/cli/ctl/ctl_info.c \
	src/cli/ctl/ctl_nodes.c \
	src/cli/ctl/ctl_outage.c \
	src/cli/ctl/ctl_requests.c \
	src/cli/ctl/ctl_scenario.c \
	src/cli/ctl/ctl_spaces.c \
	src/cli/ctl/ctl_state.c \
	src/cli/ctl/ctl_tail.c \
	src/cli/ctl/ctl_verify.c
