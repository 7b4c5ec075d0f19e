# Sources of src/control/.
libmockvault_a_SOURCES += \
	src/control/clock.c \
	src/control/control.c \
	src/control/control.h \
	src/control/control_common.c \
	src/control/database.c \
	src/control/event_log.c \
	src/control/event_log.h \
	src/control/event_stream.c \
	src/control/faults.c \
	src/control/info.c \
	src/control/metrics.c \
	src/control/nodes.c \
	src/control/openapi.c \
	src/control/openapi_schema.c \
	src/control/outages.c \
	src/control/populate.c \
	src/control/requests.c \
	src/control/scenarios.c \
	src/control/state.c \
	src/control/state.h \
	src/control/tls.c
