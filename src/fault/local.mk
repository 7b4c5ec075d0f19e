# Sources of src/fault/.
libmockvault_a_SOURCES += \
	src/fault/event.c \
	src/fault/fault.c \
	src/fault/fault.h \
	src/fault/fault_nodes.c \
	src/fault/fault_nodes.h \
	src/fault/node_state.c \
	src/fault/node_state.h \
	src/fault/response_fault.h
