# Sources of src/fault/scenario/.
libmockvault_a_SOURCES += \
	src/fault/scenario/scenario.c \
	src/fault/scenario/scenario.h \
	src/fault/scenario/scenario_step.c \
	src/fault/scenario/scenario_step.h
