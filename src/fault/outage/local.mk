# Sources of src/fault/outage/.
libmockvault_a_SOURCES += \
	src/fault/outage/outage.c \
	src/fault/outage/outage.h \
	src/fault/outage/outage_common.c \
	src/fault/outage/outage_conditions.c \
	src/fault/outage/outage_flag.c \
	src/fault/outage/outage_node_states.c \
	src/fault/outage/outage_nodes.c \
	src/fault/outage/outage_params.c \
	src/fault/outage/outage_run_show.c \
	src/fault/outage/outage_state.c \
	src/fault/outage/outage_table.c \
	src/fault/outage/outage_token_states.c
