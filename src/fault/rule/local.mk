# Sources of src/fault/rule/.
libmockvault_a_SOURCES += \
	src/fault/rule/action.c \
	src/fault/rule/delay_random.c \
	src/fault/rule/respond.c \
	src/fault/rule/respond.h \
	src/fault/rule/response_template.c \
	src/fault/rule/rule.c \
	src/fault/rule/rule.h \
	src/fault/rule/rule_when.c \
	src/fault/rule/wiremock_toxiproxy.c
