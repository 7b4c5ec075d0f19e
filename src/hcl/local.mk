# Sources of src/hcl/.
libmockvault_a_SOURCES += \
	src/hcl/hcl.c \
	src/hcl/hcl.h
