# Sources of src/fault/.
libmockvault_a_SOURCES += \
	src/fault/action.c \
	src/fault/alias.c \
	src/fault/delay.c \
	src/fault/fault.c \
	src/fault/fault.h \
	src/fault/node.c \
	src/fault/node.h \
	src/fault/outage.c \
	src/fault/outage.h \
	src/fault/outage_row.c \
	src/fault/outage_text.c \
	src/fault/outages.c \
	src/fault/respond.c \
	src/fault/respond.h \
	src/fault/rule.c \
	src/fault/rule.h \
	src/fault/scenario.c \
	src/fault/scenario.h \
	src/fault/state_tokens.c \
	src/fault/states.c \
	src/fault/step.c \
	src/fault/step.h \
	src/fault/template.c \
	src/fault/when.c \
	src/fault/wire.h
