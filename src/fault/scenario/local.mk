# Sources of src/fault/scenario/.
libmockvault_a_SOURCES += \
	src/fault/scenario/scenario.c \
	src/fault/scenario/scenario.h \
	src/fault/scenario/scenario_internal.h \
	src/fault/scenario/scenario_params.c \
	src/fault/scenario/scenario_params.h \
	src/fault/scenario/scenario_read.c \
	src/fault/scenario/scenario_restore.c \
	src/fault/scenario/scenario_restore.h \
	src/fault/scenario/scenario_step.c \
	src/fault/scenario/scenario_step.h
