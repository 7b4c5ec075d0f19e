# Sources of src/server/process/.
libmockvault_a_SOURCES += \
	src/server/process/lifeline.c \
	src/server/process/lifeline.h \
	src/server/process/runtime_file.c \
	src/server/process/runtime_file.h
