# Sources of src/fault/scenario/.
libmockvault_a_SOURCES += \
	src/fault/scenario/scenario.c \
	src/fault/scenario/scenario.h \
	src/fault/scenario/step.c \
	src/fault/scenario/step.h
