# Sources of src/fault/rule/.
libmockvault_a_SOURCES += \
	src/fault/rule/action.c \
	src/fault/rule/delay.c \
	src/fault/rule/respond.c \
	src/fault/rule/respond.h \
	src/fault/rule/rule.c \
	src/fault/rule/rule.h \
	src/fault/rule/shorthand.c \
	src/fault/rule/template.c \
	src/fault/rule/when.c
