# Sources of src/base/hcl/.
libmockvault_a_SOURCES += \
	src/base/hcl/hcl.c \
	src/base/hcl/hcl.h
