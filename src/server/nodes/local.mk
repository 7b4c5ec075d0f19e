# Sources of src/server/nodes/.
libmockvault_a_SOURCES += \
	src/server/nodes/config_nodes.h \
	src/server/nodes/forward.h \
	src/server/nodes/node_control.h \
	src/server/nodes/node_files.h \
	src/server/nodes/node_outages.h \
	src/server/nodes/node_view.h \
	src/server/nodes/nodes.h \
	src/server/nodes/process_node.h
if RAFT
libmockvault_a_SOURCES += \
	src/server/nodes/config_node.c \
	src/server/nodes/config_node_control.c \
	src/server/nodes/config_node_outages.c \
	src/server/nodes/config_nodes.c \
	src/server/nodes/forward.c \
	src/server/nodes/node.c \
	src/server/nodes/node_control.c \
	src/server/nodes/node_files.c \
	src/server/nodes/node_events.c \
	src/server/nodes/node_events.h \
	src/server/nodes/node_outages.c \
	src/server/nodes/node_view.c \
	src/server/nodes/nodes.c \
	src/server/nodes/process_autopilot.c \
	src/server/nodes/process_forward.c \
	src/server/nodes/process_node.c \
	src/server/nodes/process_retry.c
endif
