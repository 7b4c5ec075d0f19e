# Sources of src/fault/outage/.
libmockvault_a_SOURCES += \
	src/fault/outage/outage.c \
	src/fault/outage/outage.h \
	src/fault/outage/outage_docs.c \
	src/fault/outage/outage_params.c \
	src/fault/outage/outage_table.c \
	src/fault/outage/state_outages.c \
	src/fault/outage/state_tokens.c
