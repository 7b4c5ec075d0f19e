# Sources of src/fault/.
libmockvault_a_SOURCES += \
	src/fault/fault.c \
	src/fault/fault.h \
	src/fault/node.c \
	src/fault/node.h \
	src/fault/response_fault.h
